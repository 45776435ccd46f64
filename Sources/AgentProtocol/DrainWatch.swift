/// Notices a client that takes no byte for too long while bytes wait for it.
public struct DrainWatch: Sendable {
    public let limit: Duration
    private var drained = 0
    private var since: Duration?

    /// - Parameter limit: 10 s by default; SDKs give up at 40 s.
    public init(limit: Duration = .seconds(10)) { self.limit = limit }

    /// - Parameters:
    ///   - waiting: bytes wait in the process, because the kernel takes no more.
    ///   - drained: bytes the client has read so far.
    ///   - now: time on any steady clock.
    /// - Returns: true when the client has read nothing for `limit`.
    public mutating func isStalled(waiting: Bool, drained: Int, now: Duration) -> Bool {
        guard waiting else {
            since = nil
            return false
        }
        guard let start = since, drained <= self.drained else {
            since = now
            self.drained = drained
            return false
        }
        return now - start >= limit
    }
}
