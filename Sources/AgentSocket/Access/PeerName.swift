import AgentProtocol
import Glibc

/// Who somebody is, for the log.
enum PeerName {
    /// `user 1000 (ada)`, `key "panel"`.
    static func of(_ principal: Principal) -> String {
        guard case .user(let id) = principal else { return "\(principal)" }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name else {
            return "\(principal)"
        }
        return "\(principal) (\(String(cString: name)))"
    }
}
