/// How answers are made.
public struct GenerationConfig: Sendable, Hashable {
    /// 0 is greedy.
    public var temperature: Double?
    public var topP: Double?
    public var topK: Int?
    public var maxOutputTokens: Int?
    public var seed: Int64?
    /// `AUDIO` is wanted and `TEXT` is not. There is no voice yet: see ``Setup/answerMedium``.
    public var wantsVoice = false
    public var mediaResolution: MediaResolution?
    public var thinking = ThinkingConfig()
    public var form = AnswerForm.text

    public init() {}
}

/// Where the text of an answer stands.
public enum AnswerMedium: Sendable, Hashable {
    /// In `modelTurn`.
    case text
    /// In `outputTranscription`, as of an answer that is spoken.
    case transcript
}

/// How finely frames are looked at.
public enum MediaResolution: String, Sendable, Hashable, CaseIterable {
    case low = "MEDIA_RESOLUTION_LOW"
    case medium = "MEDIA_RESOLUTION_MEDIUM"
    case high = "MEDIA_RESOLUTION_HIGH"

    /// Soft tokens of a frame, as the Live API has them; high differs from medium there by how pictures are cut.
    public var softTokens: Int {
        switch self {
        case .low: 64
        case .medium, .high: 256
        }
    }
}

/// Whether a model thinks before it answers, and tells.
public struct ThinkingConfig: Sendable, Hashable {
    public var includesThoughts = false
    /// Tokens; 0 is none, -1 what the model thinks best.
    public var budget: Int?
    public var level: ThinkingLevel?

    public init() {}

    /// Whether the model is to think.
    public var isWanted: Bool { budget.map { $0 != 0 } ?? includesThoughts }
}

public enum ThinkingLevel: String, Sendable, Hashable, CaseIterable {
    case minimal = "MINIMAL"
    case low = "LOW"
    case medium = "MEDIUM"
    case high = "HIGH"
    case highest = "XHIGH"
}

/// How what a client streams becomes turns.
public struct RealtimeInputConfig: Sendable, Hashable {
    public var startOfSpeechSensitivity: String?
    public var endOfSpeechSensitivity: String?
    public var prefixPaddingMilliseconds: Int?
    public var silenceDurationMilliseconds: Int?
    /// The client says itself where speech begins and ends: `activityStart`, `activityEnd`.
    public var isManual = false
    /// nil: speech interrupts where it is answered.
    public var activityHandling: ActivityHandling?
    public var turnCoverage: TurnCoverage?

    public init() {}
}

/// What speech that begins does to the answer under way.
public enum ActivityHandling: String, Sendable, Hashable, CaseIterable {
    case interrupts = "START_OF_ACTIVITY_INTERRUPTS"
    case noInterruption = "NO_INTERRUPTION"
}

/// What of the input a turn is about.
public enum TurnCoverage: String, Sendable, Hashable, CaseIterable {
    case onlyActivity = "TURN_INCLUDES_ONLY_ACTIVITY"
    case allInput = "TURN_INCLUDES_ALL_INPUT"
    case allVideo = "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO"
}

/// About what turns that nobody asked for are welcome.
public struct Proactivity: Sendable, Hashable {
    /// What is heard.
    public var audio: Bool
    /// What is seen.
    public var video: Bool

    public init(audio: Bool = false, video: Bool = false) {
        self.audio = audio
        self.video = video
    }

    /// Whether it is of what moved a stream on, `camera` or `mic`.
    public func includes(source: String) -> Bool { source == "camera" ? video : audio }
}

/// When a session forgets, and how much: in tokens of the stream, behind the system prompt.
public struct ContextCompression: Sendable, Hashable {
    /// More than this and the oldest goes; nil: what the model was made for.
    public var triggerTokens: Int?
    /// Down to this; nil: half of ``triggerTokens``.
    public var targetTokens: Int?

    public init(triggerTokens: Int? = nil, targetTokens: Int? = nil) {
        self.triggerTokens = triggerTokens
        self.targetTokens = targetTokens
    }
}
