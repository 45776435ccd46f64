package import AgentProtocol
import Dispatch

/// Decodes long lines one at a time, on a queue of their own, the one first that came first.
///
/// A line of 15 MB takes some tenths of a second. On the threads that all connections share, as few as there are cores, three
/// clients that send such lines without end would have everybody else's short ones wait for seconds. A connection has one line in
/// work at most, so clients take turns line by line.
package struct LongLines: Sendable {
    /// Shorter ones, a second of sound or a question, are decoded where they come.
    package static let threshold = 64 << 10

    private let queue = DispatchQueue(label: "mmagent-lines")

    package init() {}

    /// - Parameter isWanted: asked when the line's turn comes, which may be long after its client has gone.
    /// - Returns: nil: it is not wanted any more.
    package func read(_ bytes: [UInt8], by wire: any Wire, isWanted: @escaping @Sendable () -> Bool) async -> [WireInput]? {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: isWanted() ? wire.read(bytes) : nil) }
        }
    }
}
