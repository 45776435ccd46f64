/// When something is asked about the events of a stream, each once: at most one such ask is under way, and of what happens
/// meanwhile the newest event of each source waits. So nothing ever queues, however slow the model is.
package struct WatchPolicy<Event: Sendable>: Sendable {
    package private(set) var isRunning = false
    private var waiting: [(source: String, event: Event)] = []

    package init() {}

    /// - Returns: what to ask about now; nil while an ask is under way.
    package mutating func streamMovedOn(_ event: Event, by source: String) -> Event? {
        guard isRunning else {
            isRunning = true
            return event
        }
        waiting.removeAll { $0.source == source }
        waiting.append((source, event))
        return nil
    }

    /// The ask came to its end, or could not begin.
    /// - Returns: what to ask about next; nil if nothing has happened since.
    package mutating func ended() -> Event? {
        isRunning = !waiting.isEmpty
        return waiting.isEmpty ? nil : waiting.removeFirst().event
    }

    /// The ask was dropped, and what waited for it.
    package mutating func stop() {
        isRunning = false
        waiting = []
    }
}
