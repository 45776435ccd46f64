import Synchronization

/// The wire of Live Interactions, as `client.aio.interactions.connect()` of google-genai speaks it: events with an `event_type`, one a
/// message or several in `{"events":[…]}`, both ways.
package final class InteractionsWire: Wire {
    /// Of one message.
    package static let maximumEvents = InteractionEvents.maximumCount
    package static let maximumOpenSteps = InteractionSteps.maximumOpen

    private let interaction = Mutex(Interaction())

    package init() {}

    package var outlivesItsClient: Bool { true }

    package func read(_ bytes: [UInt8]) -> [WireInput] {
        // Long messages are taken apart here, outside of the lock that whatever goes out waits for.
        let events = InteractionEvents.decode(bytes)
        return interaction.withLock { $0.take(events) }
    }

    package func write(_ message: OutboundMessage) -> WireOutput {
        let (events, ends) = interaction.withLock { $0.tell(message.message) }
        return WireOutput(InteractionEvents.encode(events), ends: ends)
    }

    package func last(_ error: StatusError?, hasSpoken: Bool) -> [UInt8]? {
        InteractionEvents.encode(interaction.withLock { $0.end(error) }.map { [$0] } ?? [])
    }
}
