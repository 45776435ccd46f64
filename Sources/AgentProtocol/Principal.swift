/// Whose a connection is: shares of places and turns are counted by it.
public enum Principal: Sendable, Hashable, CustomStringConvertible {
    /// A user of this machine, as the kernel reports the other end of a Unix socket.
    case user(UInt32)
    /// The name of the key that a client over the network has shown.
    case key(String)

    public var description: String {
        switch self {
        case .user(let id): "user \(id)"
        case .key(let name): "key \"\(name)\""
        }
    }
}
