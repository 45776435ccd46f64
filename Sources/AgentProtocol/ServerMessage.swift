/// An event with what the wire says about it: one message to clients.
public struct ServerMessage: Sendable, Hashable {
    public var event: AgentEvent
    /// `mm.seq`: increasing in a session, the same for every subscriber; nil for what only one client gets.
    public var sequence: Int64?
    /// `mm.time`
    public var time: Timestamp?
    /// `mm.turn`
    public var turn: String?
    /// `mm.re`: the client's message this answers.
    public var re: RequestID?
    /// `mm.source`: `mic`, `camera`, `text`.
    public var source: String?
    /// `mm.unsolicited`: part of a turn that nobody's question began.
    public var isUnsolicited = false
    /// Where the text of an answer stands; a transport gives each client the medium that its setup asks for.
    public var medium = AnswerMedium.text
    /// Whether what stands in `mm` stands in the parts of an answer, too.
    public var hasPartMetadata = false
    /// Whose question began the turn: others get it only if they subscribed to everybody's. Not on the wire.
    public var owner: ClientContext.ID?

    public init(
        _ event: AgentEvent, sequence: Int64? = nil, time: Timestamp? = nil, turn: String? = nil, re: RequestID? = nil,
        source: String? = nil
    ) {
        self.event = event
        self.sequence = sequence
        self.time = time
        self.turn = turn
        self.re = re
        self.source = source
    }
}

/// A message and its bytes: encoded once, delivered to many.
public struct OutboundMessage: Sendable, Hashable {
    /// What a client has to read at once: no message is longer.
    public static let maximumBytes = 512 << 10

    public let message: ServerMessage
    /// UTF-8 JSON on one line, without the line break.
    public let bytes: [UInt8]

    public init(_ message: ServerMessage) {
        self.message = message
        bytes = JSONText.encode(message.json)
    }

    /// The same for a client that reads answers in another medium, or drops `mm`.
    package func inMedium(_ medium: AnswerMedium, withPartMetadata: Bool = false) -> OutboundMessage {
        guard medium != message.medium || withPartMetadata else { return self }
        switch message.event {
        case .modelTurn, .generationComplete, .thought:
            var message = message
            message.medium = medium
            message.hasPartMetadata = withPartMetadata
            return OutboundMessage(message)
        default: return self
        }
    }

    /// What is said in the place of this message, with its number and its turn, as it would have had so many bytes.
    package func refusing(bytes count: Int) -> OutboundMessage {
        var message = message
        message.event = .error(
            StatusError(
                .internal, "a message of \(count) bytes is not sent, the most is \(Self.maximumBytes): ask for less at once",
                reason: "MESSAGE_TOO_LARGE", re: message.re))
        return OutboundMessage(message)
    }

    init(_ message: ServerMessage, bytes: [UInt8]) {
        self.message = message
        self.bytes = bytes
    }
}
