import Synchronization

/// The events of one session on their way to its clients: numbers each one, encodes it once, and hands it to every sink.
///
/// Sequence numbers are given under the same lock under which sinks are served, so every client sees them in order. A client that
/// asks for what it missed is served from the ring, event by event as it takes them, until it has the newest: from then on, under
/// the same lock, it is served as all others are. So nothing is lost or doubled at the seam.
public final class EventHub: Sendable {
    private struct Subscriber {
        let sink: any EventSink
        var place: Place
        /// The newest event when it came.
        var head: Int64 = 0
        /// The number of the last event that it got of those that it missed; nil: it has them all.
        var cursor: Int64?

        /// Whether a message to somebody else is its own, as one of its former connections began the turn.
        func isOwn(_ message: ServerMessage) -> Bool {
            guard let owner = message.owner else { return false }
            if place.former.contains(owner) { return true }
            guard place.others.contains(owner) else { return false }
            return (message.sequence ?? .max) <= head || message.turn.map(place.turns.contains) ?? false
        }
    }

    private struct State {
        var ring: ReplayRing
        var subscribers: [ClientContext.ID: Subscriber] = [:]
    }

    /// Where a client begins, and whose turns it may read again.
    public struct Place: Sendable {
        /// The last event that it has; nil: it begins with what comes now.
        public var after: Int64?
        /// What the client was called on earlier connections: what went to those is its own.
        public var former: Set<ClientContext.ID>
        /// What of that which is said unasked it follows.
        public var followsUnsolicited: Proactivity
        /// Other connections of its user, which may be on their way out: what went to them before it came is its own,
        public var others: Set<ClientContext.ID> = []
        /// and so are these turns of theirs, which were under way.
        public var turns: Set<String> = []

        public init(after: Int64? = nil, former: Set<ClientContext.ID> = [], followsUnsolicited: Proactivity = Proactivity()) {
            self.after = after
            self.former = former
            self.followsUnsolicited = followsUnsolicited
        }
    }

    private let state: Mutex<State>

    /// - Parameter last: the last number used so far; the first event gets the next one.
    public init(last: Int64 = 0, limits: ReplayRing.Limits = .init()) { state = Mutex(State(ring: ReplayRing(last: last, limits: limits))) }

    /// Adds a client.
    /// - Returns: the sequence number of the first event it will get, for ``SetupComplete/next``.
    public func add(_ client: ClientContext.ID, sink: any EventSink) -> Int64 {
        state.withLock { state in
            state.subscribers[client] = Subscriber(sink: sink, place: Place())
            return state.ring.last + 1
        }
    }

    /// Adds a client that may have missed something.
    /// - Throws: OUT_OF_RANGE, where it says that it has an event that has not happened yet.
    public func add(_ client: ClientContext.ID, sink: any EventSink, at place: Place) throws(StatusError) -> Int64 {
        guard let after = place.after else { return add(client, sink: sink) }
        let last = state.withLock { state in
            if after <= state.ring.last {
                state.subscribers[client] = Subscriber(sink: sink, place: place, head: state.ring.last, cursor: after)
            }
            return state.ring.last
        }
        guard after <= last else { throw Self.future(after, last: last) }
        sink.catchUp(Backlog(hub: self, client: client))
        return after + 1
    }

    public static func future(_ after: Int64, last: Int64) -> StatusError {
        StatusError(
            .invalidArgument,
            "setup.mm.after is \(after), and the newest event of this session is \(last): leave it out, or take mm.seq of an event of this session",
            reason: "OUT_OF_RANGE")
    }

    /// A connection has ended; what was begun for it goes to another one of its user, which came back for it.
    public func hand(_ former: ClientContext.ID, to client: ClientContext.ID) {
        state.withLock { _ = $0.subscribers[client]?.place.former.insert(former) }
    }

    public func remove(_ client: ClientContext.ID) {
        state.withLock { _ = $0.subscribers.removeValue(forKey: client) }
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
            let number = state.ring.last + 1
            var message = ServerMessage(event, sequence: number, time: time, turn: turn, source: source)
            message.isUnsolicited = audience != nil
            message.owner = owner
            let encoded = OutboundMessage(message)
            state.ring.append(encoded, audience: audience, only: only)
            for (client, subscriber) in state.subscribers
            where subscriber.cursor == nil && audience?.contains(client) ?? true && client == only ?? client {
                subscriber.sink.send(subscriber.isOwn(message) ? encoded.owned(by: client) : encoded)
            }
            return number
        }
    }

    /// Hands a client the next event that it missed, or tells it which are gone.
    /// - Returns: false: it has all, and is served as the others are.
    fileprivate func serve(_ client: ClientContext.ID) -> Bool {
        state.withLock { state in
            guard let subscriber = state.subscribers[client], let cursor = subscriber.cursor else { return false }
            switch state.ring.step(after: cursor) {
            case .end:
                state.subscribers[client]?.cursor = nil
                return false
            case .gap(let to):
                state.subscribers[client]?.cursor = to
                subscriber.sink.send(.gap(.events(from: cursor + 1, to: to)))
            case .event(let entry):
                state.subscribers[client]?.cursor = cursor + 1
                if let message = entry.message(for: client, subscriber.place) {
                    subscriber.sink.send(subscriber.isOwn(message.message) ? message.owned(by: client) : message)
                }
            }
            return true
        }
    }

    public func sink(of client: ClientContext.ID) -> (any EventSink)? { state.withLock { $0.subscribers[client]?.sink } }

    /// Whether a client has everything that happened so far.
    public func isUpToDate(_ client: ClientContext.ID) -> Bool {
        state.withLock { state in state.subscribers[client].map { $0.cursor == nil } ?? false }
    }

    /// What was said and noticed so far is told to nobody again.
    public func forget() { state.withLock { $0.ring.forget() } }

    /// Whether any client takes messages of one of the topics now.
    public func wants(_ topics: Set<Topic>) -> Bool {
        state.withLock { state in state.subscribers.values.contains { subscriber in topics.contains { subscriber.sink.wants($0) } } }
    }

    public var clientCount: Int { state.withLock { $0.subscribers.count } }
    public var lastSequence: Int64 { state.withLock { $0.ring.last } }
}

/// What a client missed, to be taken one by one as it drains.
public struct Backlog: Sendable {
    fileprivate let hub: EventHub
    fileprivate let client: ClientContext.ID

    /// Sends the client's sink the next event, unless it is not for it.
    /// - Returns: whether there may be more; after false the sink is served directly.
    public func next() -> Bool { hub.serve(client) }
}

extension ReplayRing.Entry {
    /// The message as a client may read it again; nil: it was for others. What a former connection of the client owned is its own.
    fileprivate func message(for client: ClientContext.ID, _ place: EventHub.Place) -> OutboundMessage? {
        if let only, !place.former.contains(only) { return nil }
        if let audience, !place.followsUnsolicited.includes(source: message.message.source ?? "camera"),
            audience.isDisjoint(with: place.former)
        {
            return nil
        }
        return message
    }
}

extension OutboundMessage {
    /// The same message, as a client's own.
    fileprivate func owned(by client: ClientContext.ID) -> OutboundMessage {
        var own = message
        own.owner = client
        return OutboundMessage(own, bytes: bytes)
    }
}
