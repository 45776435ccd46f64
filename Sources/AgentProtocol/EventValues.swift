public struct SetupComplete: Sendable, Hashable {
    public var sessionID: String
    /// Name and version of the daemon: `mmagentd/0.1`.
    public var server: String
    /// What this session offers beyond the basic protocol.
    public var features: [String]
    /// What a client may send, by name, with its unit in the name.
    public var limits: [String: Int]
    /// `mm.seq` of the next event of the session.
    public var next: Int64
    /// What the client may do; the transport knows.
    public var role: Role?
    /// Fields of the setup that are not read, and what is done otherwise than asked for ("path: 20 -> 100").
    public var ignored: [String] = []

    public init(sessionID: String, server: String, features: [String] = [], limits: [String: Int] = [:], next: Int64) {
        self.sessionID = sessionID
        self.server = server
        self.features = features
        self.limits = limits
        self.next = next
    }
}

/// The end of a turn with what it cost and what it rests on.
public struct TurnComplete: Sendable, Hashable {
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// `maxOutputTokens` was reached.
        case maximumTokens = "MAX_TOKENS"
        /// A client cancelled the turn.
        case cancelled = "CANCELLED"
        /// New input interrupted it.
        case interrupted = "INTERRUPTED"
        /// It failed; an error message says why.
        case failed = "ERROR"
    }

    /// nil when the answer came to its own end.
    public var reason: Reason?
    public var usage: Usage?
    public var evidence: Evidence?
    public var timing: Timing?

    public init(reason: Reason? = nil, usage: Usage? = nil, evidence: Evidence? = nil, timing: Timing? = nil) {
        self.reason = reason
        self.usage = usage
        self.evidence = evidence
        self.timing = timing
    }
}

/// Token counts of a turn.
public struct Usage: Sendable, Hashable {
    /// Everything the answer could see, the cached stream included.
    public var promptTokens: Int
    public var responseTokens: Int
    /// Of the prompt the responses of functions, read after the first call.
    public var toolTokens = 0
    /// What was thought before the answer.
    public var thoughtTokens = 0
    /// The part of the prompt that lay in the cache already.
    public var cachedTokens: Int?
    /// Prompt tokens by `TEXT`, `IMAGE`/`VIDEO`, `AUDIO`.
    public var promptDetails: [String: Int]

    public init(promptTokens: Int, responseTokens: Int, cachedTokens: Int? = nil, promptDetails: [String: Int] = [:]) {
        self.promptTokens = promptTokens
        self.responseTokens = responseTokens
        self.cachedTokens = cachedTokens
        self.promptDetails = promptDetails
    }
}

/// Which frames and which seconds of sound an answer rests on, on the session's media clock.
public struct Evidence: Sendable, Hashable {
    public struct Frame: Sendable, Hashable {
        public var time: Duration
        /// How old the frame was when the question came.
        public var age: Duration

        public init(time: Duration, age: Duration) {
            self.time = time
            self.age = age
        }
    }

    public struct Span: Sendable, Hashable {
        public var from: Duration
        public var to: Duration

        public init(from: Duration, to: Duration) {
            self.from = from
            self.to = to
        }
    }

    public var frames: [Frame]
    public var audio: [Span]

    public init(frames: [Frame] = [], audio: [Span] = []) {
        self.frames = frames
        self.audio = audio
    }
}

public struct Timing: Sendable, Hashable {
    /// From the question's arrival to the first token of the answer.
    public var firstToken: Duration
    /// From the question's arrival to the last token.
    public var total: Duration?

    public init(firstToken: Duration, total: Duration? = nil) {
        self.firstToken = firstToken
        self.total = total
    }
}

public struct Transcription: Sendable, Hashable {
    public var text: String
    public var isFinished: Bool
    public var languageCode: String?
    /// On the session's media clock.
    public var start: Duration?
    public var end: Duration?

    public init(text: String, isFinished: Bool, languageCode: String? = nil, start: Duration? = nil, end: Duration? = nil) {
        self.text = text
        self.isFinished = isFinished
        self.languageCode = languageCode
        self.start = start
        self.end = end
    }
}

public struct VoiceActivity: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case start = "ACTIVITY_START"
        case end = "ACTIVITY_END"
    }

    public var kind: Kind
    /// On the session's media clock.
    public var offset: Duration

    public init(_ kind: Kind, offset: Duration) {
        self.kind = kind
        self.offset = offset
    }
}

/// Something the agent noticed by itself.
public struct Observation: Sendable, Hashable {
    public var text: String
    /// `camera`, `mic`, …
    public var source: String?
    /// 0…1
    public var score: Double?
    /// On the session's media clock.
    public var time: Duration?

    public init(text: String, source: String? = nil, score: Double? = nil, time: Duration? = nil) {
        self.text = text
        self.source = source
        self.score = score
        self.time = time
    }
}

/// A change in how well the daemon keeps up.
public struct Health: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case ok, degraded, failed
    }

    /// `governor`, `engine`, `socket`, …
    public var component: String
    public var state: State
    /// A sentence: what, the values, the remedy.
    public var message: String
    /// Figures that belong to it: counts, seconds, settings.
    public var values: [String: JSONValue]

    public init(component: String, state: State, message: String, values: [String: JSONValue] = [:]) {
        self.component = component
        self.state = state
        self.message = message
        self.values = values
    }
}

/// Something that is not there.
public enum Gap: Sendable, Hashable {
    /// Events `from`…`to` (`mm.seq`) are not available to this client.
    case events(from: Int64, to: Int64)
    /// Sound or pictures were lost, on the session's media clock.
    case media(Modality, from: Duration, to: Duration, reason: String)
}
