import Glibc

/// Why a server cannot listen.
public enum AgentSocketError: Error, Sendable, Hashable, CustomStringConvertible {
    case pathTooLong(path: String, limit: Int)
    case pathNotAbsolute(path: String)
    case noParentDirectory(path: String, directory: String)
    case notASocket(path: String)
    case anotherDaemon(path: String)
    /// Another process holds the lock beside the socket, whether the socket's file is there or not.
    case locked(path: String, process: Int32?)
    /// What stands where the lock beside the socket belongs is none of a daemon's.
    case notALock(path: String, found: String)
    /// - key: of `[socket]`, the one that names it.
    case unknownGroup(String, key: String)
    case invalidMode(Int)
    case notListening(fileDescriptor: Int32)
    case system(call: String, path: String, errno: Int32)
    case plainNetwork(address: String)
    case cannotListen(address: String, errno: Int32)
    case alreadyStarted
    case transport(String)

    public var description: String {
        switch self {
        case .pathTooLong(let path, let limit):
            "socket path \(path) has \(path.utf8.count) bytes, the kernel allows \(limit): choose a shorter [socket] path"
        case .pathNotAbsolute(let path):
            "socket path \"\(path)\" is not absolute: write it from the root, as /run/mmagentd/mmagentd.sock"
        case .noParentDirectory(let path, let directory):
            "socket path \(path): directory \(directory) does not exist; create it (mkdir -p), or under systemd set RuntimeDirectory=, or choose another [socket] path"
        case .notASocket(let path):
            "socket path \(path) exists and is not a socket; it was left alone: move it away or choose another [socket] path"
        case .anotherDaemon(let path):
            "another daemon already answers at \(path): stop it, or give this one another [socket] path"
        case .locked(let path, let process):
            "another daemon\(process.map { " (process \($0))" } ?? "") has \(path), by its lock \(path).lock: stop it, or give this one another [socket] path"
        case .notALock(let path, let found):
            "\(path) is \(found), where the lock of the socket belongs; it was left alone: move it away or choose another [socket] path"
        case .unknownGroup(let group, let key):
            "[socket] \(key) = \"\(group)\" does not exist on this machine: create it (groupadd --system \(group)) or remove [socket] \(key)"
        case .invalidMode(let mode):
            "socket mode 0o\(String(mode, radix: 8)) is not between 0o000 and 0o777: write permissions as 0o600 or 0o660"
        case .notListening(let fileDescriptor):
            "inherited file descriptor \(fileDescriptor) is not a listening stream socket: check ListenStream= in the socket unit"
        case .system(let call, let path, let code):
            "\(call) on \(path) failed: \(String(cString: strerror(code))) (errno \(code))"
        case .plainNetwork(let address):
            "[listen] tls = \"off\" is for this machine's own programs, and \(address) is reached from outside: leave it out, or listen at 127.0.0.1"
        case .cannotListen(let address, let code):
            "cannot listen at \(address): \(String(cString: strerror(code))) (errno \(code)); choose another [listen] tcp\(Self.remedy(code))"
        case .alreadyStarted:
            "the server has been started already: make a new one to listen again"
        case .transport(let problem):
            "the socket transport failed: \(problem)"
        }
    }

    /// What else helps where a network address is refused.
    private static func remedy(_ code: Int32) -> String {
        switch code {
        case EAFNOSUPPORT, EPERM: ", or under systemd, which keeps the service off the network, enable mmagentd-tcp.socket"
        case EACCES: ", or a port above 1023"
        default: ""
        }
    }
}
