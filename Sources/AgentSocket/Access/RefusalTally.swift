import Synchronization

/// Which refused connections the log tells of: the first, then at most one a minute with how many there were since. A crowd that
/// knocks a thousand times a second shall not fill a disk.
package struct RefusalTally: Sendable {
    package static let interval = Duration.seconds(60)

    private var told: ContinuousClock.Instant?
    private var count = 0

    package init() {}

    /// One more was refused.
    /// - Returns: how many the log tells of now, this one included; nil: it tells of this one later.
    package mutating func add(now: ContinuousClock.Instant) -> Int? {
        count += 1
        if let told, now - told < Self.interval { return nil }
        defer { (told, count) = (now, 0) }
        return count
    }
}

/// One tally for many connections.
final class SharedTally: Sendable {
    private let tally = Mutex(RefusalTally())

    /// - Returns: as ``RefusalTally/add(now:)`` does.
    func add() -> Int? { tally.withLock { $0.add(now: .now) } }
}
