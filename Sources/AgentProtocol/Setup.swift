/// The first message of a connection.
///
/// Fields whose work comes with later versions (tools, resumption, compression) are not read, so that they are told as ignored.
public struct Setup: Sendable, Hashable {
    /// `models/…` as sent.
    public var model: String?
    public var generation = GenerationConfig()
    public var systemInstruction: Content?
    /// Send transcripts of what is heard.
    public var wantsInputTranscription = false
    public var realtimeInput = RealtimeInputConfig()
    /// `proactivity` is present: turns nobody asked for are welcome.
    public var isProactive = false
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

/// Sampling and limits; voice fields are not read.
public struct GenerationConfig: Sendable, Hashable {
    /// 0 is greedy.
    public var temperature: Double?
    public var topP: Double?
    public var topK: Int?
    public var maxOutputTokens: Int?
    public var seed: Int64?

    public init() {}
}

/// Voice activity detection.
public struct RealtimeInputConfig: Sendable, Hashable {
    public var startOfSpeechSensitivity: String?
    public var endOfSpeechSensitivity: String?
    public var prefixPaddingMilliseconds: Int?
    public var silenceDurationMilliseconds: Int?

    public init() {}
}
