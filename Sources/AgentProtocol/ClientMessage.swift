/// One message from a client.
public struct ClientMessage: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case setup(Setup)
        case clientContent(ClientContent)
        case realtimeInput([RealtimeInput])
        case toolResponse([FunctionResponse])
        case contextUpdate(ContextUpdate)
        case native(NativeRequest)
    }

    /// Of a name or a choice: a model, a role, a topic, a turn, a label's value.
    public static let maximumNameBytes = 256

    public var kind: Kind
    /// The client's name for this message (`mm.id`): put it into the answer as `re`.
    public var id: RequestID?
    /// Fields that were sent and are not read, by their paths.
    public var ignored: [String] = []

    public init(_ kind: Kind, id: RequestID? = nil) {
        self.kind = kind
        self.id = id
    }

    /// The message carries `mm`, which SDKs never send.
    public var usesExtension: Bool {
        if case .native = kind { true } else { id != nil }
    }

    /// The least role that may send it.
    public var requiredRole: Role {
        switch kind {
        case .clientContent, .realtimeInput, .toolResponse, .contextUpdate: .participant
        case .native(.cancel): .participant
        case .native(.mute), .native(.unmute), .native(.snapshot), .native(.reload): .owner
        case .native(.subscribe), .native(.status), .native(.devices), .native(.metrics), .setup: .observer
        }
    }
}

/// Text and pictures in order, then perhaps the request to answer.
public struct ClientContent: Sendable, Hashable {
    public var turns: [Content]
    /// True: answer now. False: only append.
    public var turnComplete: Bool

    public init(turns: [Content], turnComplete: Bool) {
        self.turns = turns
        self.turnComplete = turnComplete
    }
}

/// Input as it happens.
public enum RealtimeInput: Sendable, Hashable {
    /// `audio/pcm;rate=…`; see ``Blob/pcm16()``.
    case audio(Blob)
    /// One frame, `image/*`.
    case video(Blob)
    /// Ends a user turn at once; white space alone does nothing.
    case text(String)
    case activityStart
    case activityEnd
    /// No more audio for now: flush pending speech.
    case audioStreamEnd
}

/// What a function returned.
public struct FunctionResponse: Sendable, Hashable {
    /// When the model reads the response of a call that its turn did not wait for.
    public enum Scheduling: String, Sendable, Hashable, CaseIterable {
        case unspecified = "SCHEDULING_UNSPECIFIED"
        /// With the client's next question.
        case silent = "SILENT"
        /// When no answer to the client is under way.
        case whenIdle = "WHEN_IDLE"
        /// At once.
        case interrupt = "INTERRUPT"
    }

    /// Of one message.
    public static let maximumCount = 64

    public var id: String
    public var name: String?
    /// An object, untouched.
    public var response: JSONValue
    public var scheduling: Scheduling?
    /// More responses of the same call follow.
    public var willContinue: Bool

    public init(
        id: String, name: String? = nil, response: JSONValue = [:], scheduling: Scheduling? = nil, willContinue: Bool = false
    ) {
        self.id = id
        self.name = name
        self.response = response
        self.scheduling = scheduling
        self.willContinue = willContinue
    }
}

public struct ContextUpdate: Sendable, Hashable {
    public var systemInstruction: Content?
    /// nil: unchanged; empty: none.
    public var tools: [JSONValue]?

    public init(systemInstruction: Content? = nil, tools: [JSONValue]? = nil) {
        self.systemInstruction = systemInstruction
        self.tools = tools
    }
}
