public import AgentProtocol
import Glibc

/// Why a client did not get what it asked for.
public enum AgentClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Nothing listens at the socket.
    case noDaemon(path: String, errno: Int32)
    case notPermitted(path: String)
    case pathTooLong(path: String, limit: Int)
    /// The kernel's queue of those who wait to be accepted is full.
    case crowded(path: String)
    case connectFailed(path: String, problem: String)
    /// The daemon said no.
    case refused(StatusError)
    /// The daemon sent something that is not the protocol.
    case invalidMessage(String)
    case timedOut(waitingFor: String, after: Duration)
    /// The daemon closed the connection while something was expected.
    case closed(waitingFor: String)
    case cancelled

    public var description: String {
        switch self {
        case .noDaemon(let path, let code):
            "no daemon at \(path) (\(String(cString: strerror(code)))): start it (systemctl start mmagentd, or mmagentd --config FILE), or name its socket with --socket PATH or MMAGENT_SOCKET"
        case .notPermitted(let path):
            "no permission to connect to \(path): run as the daemon's user, or join the group that [socket] group names"
        case .pathTooLong(let path, let limit):
            "socket path \(path) has \(path.utf8.count) bytes, the kernel allows \(limit)"
        case .crowded(let path):
            "too many wait to be connected to \(path): try again in a while, or see who connects (ss -x src \(path))"
        case .connectFailed(let path, let problem):
            "connecting to \(path) failed: \(problem)"
        case .refused(let error):
            error.description
        case .invalidMessage(let problem):
            "the daemon sent what is not this protocol: \(problem); client and daemon may be of different versions"
        case .timedOut(let what, let limit):
            "no \(what) within \(limit.figure)"
        case .closed(let what):
            "the daemon closed the connection while \(what) was expected"
        case .cancelled:
            "cancelled"
        }
    }
}
