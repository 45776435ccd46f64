import AgentProtocol
import AudioEncoder
import Checkpoint
import Decoder
public import Interleaver
import Media

/// How much the engine does at the same time.
public struct EngineLimits: Sendable, Equatable {
    /// Questions answered at the same time.
    public var asks = 8
    /// Sessions with a stream of their own.
    public var privateSessions = 4
    /// Rows of one question, pictures included.
    public var questionTokens = 4096

    public init() {}
}

/// A stream and the clients that follow it.
struct AgentSession {
    var stream: MediaStream
    /// The client whose private session it is; nil for the main one.
    var owner: ClientContext.ID?
    let hub = EventHub()
}

/// What the engine keeps of one client.
struct AgentClient {
    let session: String
    let answers: AnswerOptions
    /// A system instruction on a shared stream: said before the client's questions, since the prefix belongs to all.
    let instruction: InputRows
    let wantsTranscripts: Bool
    /// Said, but not yet asked.
    var pending = InputRows()
    /// Earlier exchanges, at most `StreamOptions.historyTokens` rows.
    var history: [Exchange] = []
}

/// An ask under way and what its end will say.
struct RunningAsk {
    enum Purpose {
        case answer(ClientContext.ID)
        /// Speech between two offsets, in seconds of media time.
        case transcript(from: Double, to: Double)
    }

    var ask: Ask
    /// Turns are numbered in the order in which they began.
    let number: Int
    let purpose: Purpose
    let hub: EventHub
    let question: InputRows
    let usage: Usage
    let evidence: Evidence
    let arrival: ContinuousClock.Instant
    var firstToken: Duration?

    var client: ClientContext.ID? {
        if case .answer(let client) = purpose { client } else { nil }
    }

    func complete(_ reason: TurnComplete.Reason?) -> TurnComplete {
        var usage = usage
        usage.responseTokens = ask.generated.count
        return TurnComplete(
            reason: reason, usage: usage, evidence: evidence,
            timing: firstToken.map { Timing(firstToken: $0, total: ContinuousClock.now - arrival) })
    }
}

/// A stream at a glance.
public struct StreamStatus: Sendable {
    public let cachedRows: Int
    public let rowBudget: Int
    public let cacheBytes: Int
    public let lag: Double
    public let level: OverloadGovernor.Level
    public let counters: StreamCounters
    public let clients: Int
    public let runningAsks: Int
}

/// A client's own settings of activity detection over the configured ones.
enum ActivityParametersOverlay {
    static func apply(_ input: RealtimeInputConfig, to base: ActivityParameters) -> ActivityParameters {
        var parameters = base
        func sensitivity(_ text: String?) -> ActivityParameters.Sensitivity? {
            text.flatMap { $0.hasSuffix("LOW") ? .low : $0.hasSuffix("HIGH") ? .high : nil }
        }
        if let start = sensitivity(input.startOfSpeechSensitivity) { parameters.startOfSpeechSensitivity = start }
        if let end = sensitivity(input.endOfSpeechSensitivity) { parameters.endOfSpeechSensitivity = end }
        if let padding = input.prefixPaddingMilliseconds { parameters.prefixPaddingMilliseconds = padding }
        if let silence = input.silenceDurationMilliseconds { parameters.silenceDurationMilliseconds = silence }
        return parameters
    }
}
