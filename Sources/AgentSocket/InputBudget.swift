import Synchronization

/// Bytes of input that all clients together have waiting: unfinished lines, and lines that nobody has handled yet.
///
/// Each client alone may send a line of 16 MiB; forty that leave theirs unfinished would otherwise hold the memory of a small machine.
package final class InputBudget: Sendable {
    /// What a client may have waiting whatever the others have: one read of the socket.
    package static let always = 64 << 10

    let limit: Int
    private let used = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func change(by bytes: Int) { used.withLock { $0 += bytes } }

    var isSpent: Bool { used.withLock { $0 > limit } }
}
