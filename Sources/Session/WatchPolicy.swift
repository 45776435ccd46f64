/// When something is asked again because the stream moved on: at most one such ask is under way, and what happens meanwhile
/// makes one more, about the newest state. So nothing ever queues, however slow the model is.
///
/// A `Trigger` says what moved the stream on; of several only the newest counts.
package struct WatchPolicy<Trigger: Sendable>: Sendable {
    package private(set) var isRunning = false
    private var missed: Trigger?

    package init() {}

    /// - Returns: what to ask about now; nil while an ask is under way.
    package mutating func streamMovedOn(_ trigger: Trigger) -> Trigger? {
        guard isRunning else {
            isRunning = true
            return trigger
        }
        missed = trigger
        return nil
    }

    /// The ask came to its end, or could not begin.
    /// - Returns: what to ask about next; nil if the stream has not moved on since.
    package mutating func ended() -> Trigger? {
        defer { missed = nil }
        isRunning = missed != nil
        return missed
    }

    /// The ask was dropped, and what it missed with it.
    package mutating func stop() {
        isRunning = false
        missed = nil
    }
}
