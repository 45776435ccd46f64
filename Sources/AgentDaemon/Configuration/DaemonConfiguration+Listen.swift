import AgentSocket
import Files
import Foundation
import Glibc

extension DaemonConfiguration.Listen {
    private static let maximumFileBytes = 1 << 18

    /// What clients from the network must show.
    /// - Parameter credentials: the folder of systemd's credentials.
    func access(credentials: String? = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]) throws(ListenError) -> NetworkAccess {
        var file = keys
        var isCredential = false
        if file.isEmpty, let credentials {
            file = credentials + "/keys"
            isCredential = true
        }
        guard !file.isEmpty, !isCredential || Glibc.access(file, F_OK) == 0 else { throw .noKeys }
        let text = try Self.text(of: file, key: "keys", hiddenFrom: isCredential ? 0 : 0o077)
        let ring: KeyRing
        do { ring = try KeyRing(text, file: file) } catch { throw .malformed("\(error)") }
        guard !ring.isEmpty else { throw .emptyKeys(file: file) }
        return NetworkAccess(keys: ring, hosts: Set(try hostNames()), origins: Set(try pages()))
    }

    /// The pair that the configuration names; nil: TLS is off, or the pair is to be this machine's own.
    func configuredIdentity() throws(ListenError) -> TLSIdentity? {
        guard tls == .on, !certificate.isEmpty || !privateKey.isEmpty else { return nil }
        guard !certificate.isEmpty else { throw .halfPair(missing: "certificate") }
        guard !privateKey.isEmpty else { throw .halfPair(missing: "private_key") }
        let chain = try Self.text(of: certificate, key: "certificate")
        let key = try Self.text(of: privateKey, key: "private_key", hiddenFrom: 0o007)
        do { return try TLSIdentity(certificate: chain, privateKey: key) } catch {
            throw .pair(certificate: certificate, reason: "\(error)")
        }
    }

    /// Names that a certificate of this machine's own is for, beside the local ones.
    /// - Parameter addresses: at which it listens.
    func certificateHosts(_ addresses: [ListenAddress]) throws(ListenError) -> [String] {
        let own = addresses.map(\.host).filter { !["0.0.0.0", "::"].contains($0) }
        return Set(try hostNames() + own).sorted()
    }

    private func hostNames() throws(ListenError) -> [String] {
        let names = words(hosts)
        // With a port or a path no request would ever match it; colons alone are an IPv6 address.
        let wrong = names.first { name in name.contains { "/[]@".contains($0) } || name.count { $0 == ":" } == 1 }
        if let wrong { throw .noHost(wrong) }
        return names
    }

    /// As browsers write them, without a path: one with a path would match no request.
    private func pages() throws(ListenError) -> [String] {
        let pages = words(origins)
        for page in pages {
            let parts = page.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty, !parts[2].isEmpty else {
                throw .noOrigin(page)
            }
        }
        return pages
    }

    /// What is configured and does nothing.
    /// - Parameter isOpen: whether something listens.
    func remarks(isOpen: Bool) -> [String] {
        let named = [("certificate", certificate), ("private_key", privateKey)].filter { !$0.1.isEmpty }.map(\.0)
        let others = [("keys", keys), ("hosts", hosts), ("origins", origins)].filter { !$0.1.isEmpty }.map(\.0)
        let unused = isOpen ? (tls == .off ? named : []) : named + others
        guard !unused.isEmpty else { return [] }
        let reason = isOpen ? "tls is off" : "nothing listens on the network: set [listen] tcp, or enable mmagentd-tcp.socket"
        return ["[listen] \(unused.joined(separator: ", ")) \(unused.count == 1 ? "is" : "are") ignored, since \(reason)"]
    }

    private func words(_ text: String) -> [String] { text.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init) }

    /// - Parameter hidden: who may not have it, as bits of its mode.
    static func text(of file: String, key: String, hiddenFrom hidden: mode_t = 0) throws(ListenError) -> String {
        let bytes: [UInt8]
        do { bytes = try RegularFile.bytes(at: file, limit: maximumFileBytes) } catch {
            throw .unreadable(key: key, file: file, reason: "\(error)")
        }
        var info = stat()
        if hidden != 0, stat(file, &info) == 0, info.st_mode & hidden != 0 {
            throw .readableByOthers(key: key, file: file, mode: UInt32(info.st_mode & 0o777))
        }
        guard let text = String(bytes: bytes, encoding: .utf8) else { throw .unreadable(key: key, file: file, reason: "it is not UTF-8") }
        return text
    }
}
