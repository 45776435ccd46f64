/// The first message of a connection; ``SetupField`` says what is done with each of its fields.
public struct Setup: Sendable, Hashable {
    /// `models/…` as sent.
    public var model: String?
    public var generation = GenerationConfig()
    public var systemInstruction: Content?
    /// Functions that this client runs for the model.
    public var functions: [FunctionDeclaration] = []
    /// Send transcripts of what is heard.
    public var wantsInputTranscription = false
    /// Send the text of an answer that was to be spoken.
    public var wantsOutputTranscription = false
    public var realtimeInput = RealtimeInputConfig()
    public var proactivity = Proactivity()
    public var compression = ContextCompression()
    /// The first `clientContent`, up to its `turnComplete`, tells what was said before, and asks nothing.
    public var beginsWithHistory = false
    public var labels: [String: String] = [:]
    /// The client speaks `mm`: it may get messages that carry nothing else.
    public var isNative = false
    public var version: Int?
    /// The session to join: `main` is the device's own; nil opens a private one.
    public var attach: String?
    /// nil: whatever this client's user may be.
    public var role: Role?
    /// Explicit subscription; see ``topics``.
    public var subscribe: Set<Topic>?
    /// `mm.seq` of the last event that the client has: what came after it is sent again.
    public var after: Int64?
    /// `sessionResumption` is present: handles are wanted.
    public var resumption: SessionResumption?
    /// What stands in `mm` of an answer's piece is wanted in its part as well: SDKs drop `mm`.
    public var wantsPartMetadata = false
    /// The connection ends so long after its setup, with a goAway before; nil: when the client likes.
    public var sessionLimit: Duration?
    /// What it asked the main session is answered to its end when its connection ends before: its user reads it with ``after``.
    public var runsOn = false

    public init() {}

    /// Of a client that speaks `mm`.
    /// - Parameters:
    ///   - session: the one to join; nil opens a private one.
    ///   - topics: what it subscribes to; nil: what an SDK expects.
    ///   - instruction: what it is to be told of unasked; nil: nothing.
    public static func native(session: String? = "main", topics: Set<Topic>? = nil, instruction: String? = nil) -> Setup {
        var setup = Setup()
        setup.model = "models/mmagent"
        setup.isNative = true
        setup.version = ProtocolVersion.current
        setup.attach = session
        setup.subscribe = topics
        setup.isProactive = instruction != nil
        setup.systemInstruction = instruction.map { .text($0) }
        return setup
    }

    /// Turns nobody asked for are welcome, about what is seen and what is heard.
    public var isProactive: Bool {
        get { proactivity != Proactivity() }
        set { proactivity = Proactivity(audio: newValue, video: newValue) }
    }

    /// How the text of answers comes: what was to be spoken comes as its transcript, where that is wanted.
    public var answerMedium: AnswerMedium { generation.wantsVoice && wantsOutputTranscription ? .transcript : .text }

    /// Without a subscription of its own a client gets its own turns, spoken ones, and what nobody asked for if it is proactive:
    /// another client's answers would be read as its own.
    public var hearsOthers: Bool { subscribe != nil }

    /// What the client gets: its subscription, or else what an SDK expects.
    public var topics: Set<Topic> {
        subscribe ?? (wantsInputTranscription ? [.turn, .transcription, .tool] : [.turn, .tool])
    }

    /// The model name without `models/`.
    public var modelName: String? {
        model.map { $0.hasPrefix("models/") ? String($0.dropFirst("models/".count)) : $0 }
    }
}

/// How a client comes back to its session.
public struct SessionResumption: Sendable, Hashable {
    /// What an empty value of the setup may mean: it was said, or left out.
    public enum Part: Sendable, Hashable { case tools, proactivity, answerForm }

    /// Of a connection that ended; nil: a new session.
    public var handle: String?
    /// What the setup says, if with an empty value; of the rest what is empty is as it was.
    public var says: Set<Part>

    public init(handle: String? = nil, says: Set<Part> = []) {
        self.handle = handle
        self.says = says
    }
}

/// What a client may do; each includes the ones before it.
public enum Role: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Receives, and asks how the daemon is.
    case observer
    /// Speaks, interrupts, sends media, and takes pictures.
    case participant
    /// Mutes and unmutes the devices.
    case owner

    public static func < (a: Role, b: Role) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .observer: 0
        case .participant: 1
        case .owner: 2
        }
    }
}
