/// What answers clients: the session behind a socket.
///
/// A transport calls it for each connection: `connected` once, then `receive` for one message after the other (the next one only when
/// the last has returned), then `disconnected` once, unless `connected` threw. Different connections call at the same time.
public protocol AgentService: Sendable {
    /// A client has sent its setup.
    /// - Parameters:
    ///   - sink: where the client's events go; usable before this returns, what is sent is held back until setupComplete is out.
    /// - Returns: what setupComplete says. Where the client goes before, the task is cancelled: then throw, and leave nothing behind.
    /// - Throws: a refusal; it is sent as a fatal error and the connection is closed.
    func connected(_ client: ClientContext, setup: Setup, sink: any EventSink) async throws(StatusError) -> SetupComplete

    /// The client has sent a message other than setup and subscribe, which the transport handles.
    ///
    /// Return as soon as the message is taken: while this runs nothing further of the same client is handled, also no cancellation.
    /// So an answer is made in a task of the service's own. Refusals go to the sink as ``AgentEvent/error(_:)`` with `re` set to the message's id.
    /// - Returns: what still holds the message, if anything does: until it ends, the message counts as input that waits.
    func receive(_ message: ClientMessage, from client: ClientContext.ID) async -> Task<Void, Never>?

    /// The connection is gone: stop what only this client wanted. The sink takes nothing more.
    func disconnected(_ client: ClientContext.ID) async

    /// A page that somebody asked for by plain HTTP; nil: there is none at this path.
    func page(at path: String) async -> WebPage?
}

extension AgentService {
    public func page(at path: String) async -> WebPage? { nil }
}

/// Who is at the other end of a connection.
public struct ClientContext: Sendable, Hashable, Identifiable {
    /// Unique among the connections of a server's life.
    public struct ID: Sendable, Hashable, CustomStringConvertible {
        public let value: UInt64
        public init(_ value: UInt64) { self.value = value }
        public var description: String { "client \(value)" }
    }

    public let id: ID
    public let principal: Principal
    /// Of the process that connected, where the kernel knows it.
    public let processID: Int32?

    public init(id: ID, principal: Principal, processID: Int32? = nil) {
        self.id = id
        self.principal = principal
        self.processID = processID
    }
}

/// One client's way out. Nothing here blocks or waits: a client that does not read loses what may be lost, then its connection.
public protocol EventSink: Sendable {
    /// Queues a message if the client has subscribed to its topic.
    func send(_ message: OutboundMessage)
    /// Whether the client takes messages of a topic now; what nobody wants need not be made.
    func wants(_ topic: Topic) -> Bool
    /// The client missed something: take it from the backlog as it drains. Nothing that comes later arrives before that is done.
    func catchUp(_ backlog: Backlog)
    /// Closes the connection when what is queued has gone out; an error is sent before, as fatal.
    func close(_ error: StatusError?)
}

extension EventSink {
    /// Guesses cost the model work: they are made for who says that it wants them.
    public func wants(_ topic: Topic) -> Bool { topic != .interim }

    public func catchUp(_ backlog: Backlog) { while backlog.next() {} }

    /// Sends an event to this client alone: it gets a time but no sequence number.
    public func send(_ event: AgentEvent, turn: String? = nil, re: RequestID? = nil) {
        send(OutboundMessage(ServerMessage(event, time: .now(), turn: turn, re: re)))
    }

    /// Answers the message `re`.
    public func reply(_ reply: Reply, to re: RequestID?, turn: String? = nil) {
        send(.reply(reply), turn: turn, re: re)
    }

    /// Refuses the message `re`.
    public func refuse(_ error: StatusError, re: RequestID? = nil) {
        let error = error.answering(re)
        send(.error(error), re: error.re)
    }
}
