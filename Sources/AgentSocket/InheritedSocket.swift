import Glibc
import NIOCore

/// A socket that this process did not make.
public enum InheritedSocket {
    public static func isUnix(_ descriptor: Int32) -> Bool { option(SO_DOMAIN, of: descriptor) == AF_UNIX }

    /// Where a TCP socket listens; nil: it is none, or does not.
    public static func address(of descriptor: Int32) -> ListenAddress? {
        guard option(SO_ACCEPTCONN, of: descriptor) == 1, option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue) else { return nil }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout.size(ofValue: storage))
        let isNamed = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
        }
        guard isNamed,
            let address = withUnsafePointer(
                to: &storage,
                { pointer in
                    switch Int32(pointer.pointee.ss_family) {
                    case AF_INET: pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
                    case AF_INET6: pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
                    default: nil as SocketAddress?
                    }
                }), let host = address.ipAddress, let port = address.port
        else { return nil }
        return ListenAddress(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    }

    /// Not for children, and never waited for.
    static func prepare(_ descriptor: Int32) throws(AgentSocketError) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
            throw .system(call: "fcntl", path: "inherited descriptor \(descriptor)", errno: errno)
        }
    }

    static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(4)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }
}
