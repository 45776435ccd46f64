import Synchronization

/// The events of one session on their way to its clients: numbers each one, encodes it once, and hands it to every sink.
///
/// Sequence numbers are given under the same lock under which sinks are served, so every client sees them in order.
public final class EventHub: Sendable {
    private struct State {
        var last: Int64
        var sinks: [ClientContext.ID: any EventSink] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter last: the last number used so far; the first event gets the next one.
    public init(last: Int64 = 0) { state = Mutex(State(last: last)) }

    /// Adds a client.
    /// - Returns: the sequence number of the first event it will get, for ``SetupComplete/next``.
    public func add(_ client: ClientContext.ID, sink: any EventSink) -> Int64 {
        state.withLock { state in
            state.sinks[client] = sink
            return state.last + 1
        }
    }

    public func remove(_ client: ClientContext.ID) {
        state.withLock { _ = $0.sinks.removeValue(forKey: client) }
    }

    /// Delivers an event to every client that subscribed to it.
    /// - Parameters:
    ///   - owner: whose question it answers; a sink keeps it from those who want their own answers only.
    ///   - audience: who gets what nobody asked for; nil: it is not unsolicited, and everyone gets it.
    ///   - only: the one client that gets it; nil: all of them.
    /// - Returns: its sequence number.
    @discardableResult
    public func publish(
        _ event: AgentEvent, turn: String? = nil, source: String? = nil, owner: ClientContext.ID? = nil,
        audience: Set<ClientContext.ID>? = nil, only: ClientContext.ID? = nil, time: Timestamp = .now()
    ) -> Int64 {
        state.withLock { state in
            state.last += 1
            var message = ServerMessage(event, sequence: state.last, time: time, turn: turn, source: source)
            message.isUnsolicited = audience != nil
            message.owner = owner
            let encoded = OutboundMessage(message)
            for (client, sink) in state.sinks where audience?.contains(client) ?? true && client == only ?? client { sink.send(encoded) }
            return state.last
        }
    }

    /// Whether any client takes messages of one of the topics now.
    public func wants(_ topics: Set<Topic>) -> Bool {
        state.withLock { state in state.sinks.values.contains { sink in topics.contains { sink.wants($0) } } }
    }

    public var clientCount: Int { state.withLock { $0.sinks.count } }
    public var lastSequence: Int64 { state.withLock { $0.last } }
}
