import Glibc

/// Where to listen on the network: `127.0.0.1:8443`, `[::1]:8443`, `0.0.0.0:8443`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    private let isVersion6: Bool

    /// - Returns: nil unless it is a numeric address and a port.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = String(text[..<colon])
        isVersion6 = host.hasPrefix("[") && host.hasSuffix("]")
        if isVersion6 { host = String(host.dropFirst().dropLast()) }
        var bytes = in6_addr()
        guard inet_pton(isVersion6 ? AF_INET6 : AF_INET, host, &bytes) == 1 else { return nil }
        (self.host, self.port) = (host, Int(port))
    }

    /// Whether only programs of this machine reach it.
    public var isLoopback: Bool { LocalName.isLocal(host) }

    public var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
