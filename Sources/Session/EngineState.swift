import AgentProtocol
import AudioEncoder
import Checkpoint
import Decoder
public import Interleaver
import Media
import Tools

/// How much the engine does at the same time.
public struct EngineLimits: Sendable, Equatable {
    /// Questions answered at the same time, spoken ones included.
    public var asks = 8
    /// Sounds being transcribed at the same time; one more is left out.
    public var transcripts = 4
    /// Clients with a standing instruction.
    public var watches = 8
    /// Sessions with a stream of their own.
    public var privateSessions = 4
    /// Clients that may come back, and how long they may be away.
    package var resumption = ResumptionLimits()
    /// Rows of one question, pictures included.
    public var questionTokens = 4096
    /// The longest transcript or notice of a model with prompts of its own.
    package static let promptedTokens = 48
    /// Asks that one client may begin without letting them end: so many at once, and a second.
    public var interruptionsAtOnce = 8.0
    public var interruptionsPerSecond = 2.0
    /// How long a function may take.
    public var toolTimeout = Duration.seconds(60)
    /// Rows of one client's declarations.
    public var declarationTokens = 8192

    public init() {}

    /// Of `places` for all, how many one user (or one session) may take: a quarter is kept for the others.
    package static func share(of places: Int) -> Int { places < 2 ? places : places - max(1, places / 4) }
}

/// A stream and the clients that follow it.
struct AgentSession {
    var stream: MediaStream
    /// The client whose private session it is; nil for the main one.
    var owner: ClientContext.ID?
    var hub = EventHub()
    /// What is spoken and waits for its answer.
    var spoken = SpokenTurn()
    /// Seconds of media time up to which the words were guessed.
    var guessedUpTo = 0.0
    var troubles = TroubleTally()
    /// When the model is asked what is new.
    var notices = WatchPolicy<(change: PictureChange, fork: StreamFork)>()
}

/// A frame that differed from the one before.
struct PictureChange: Sendable, Equatable {
    /// Seconds of media time.
    var offset: Double
    /// The share of its soft tokens that are new, 0…1.
    var share: Double
}

/// Something that a standing instruction is asked about, on the stream as it was then.
struct StreamMoment: Sendable {
    /// What moved the stream on, `camera` or `mic`.
    let source: String
    let fork: StreamFork
}

/// "Tell me when …": asked about each event of the stream, once, until its client leaves.
struct StandingInstruction: Sendable {
    var instruction: String
    var policy = WatchPolicy<StreamMoment>()
}

/// What the engine keeps of one client.
struct AgentClient {
    let session: String
    /// As it was asked for, and changed since; what a later connection leaves out is taken from it.
    var setup: Setup
    /// What it was called on earlier connections, newest last, at most `formerLimit`.
    var former: [ClientContext.ID] = []
    static let formerLimit = 16
    /// Whose program it is; clients of one user share his places.
    let user: Principal
    let answers: AnswerOptions
    /// A system instruction on a shared stream: said before the client's questions, since the prefix belongs to all.
    var instruction: QuestionRows
    /// What turns that nobody asked for are welcome.
    let proactivity: Proactivity
    /// What a proactive client's system instruction is instead.
    var watch: StandingInstruction?
    /// Said, but not yet asked.
    var pending = QuestionRows()
    /// Earlier exchanges, at most `StreamOptions.historyTokens` rows.
    var history: [Exchange] = []
    var interruptions: InterruptionAllowance
    /// Its functions, and the form of its answers.
    var rules = AnswerRules()
    /// What its forks of a shared stream begin with; nil: what the stream begins with.
    var prefix: ClientPrefix?
    /// Functions that it was asked to run.
    var calls = CallBook()
    /// What it asked is answered to its end when it goes before.
    var runsOn = false
    /// It has come for what was asked so on an earlier connection.
    var isBack = false
}

/// An ask under way and what its end will say.
struct RunningAsk {
    enum Purpose {
        case answer(ClientContext.ID)
        /// To what was spoken; no client owns it.
        case spokenAnswer
        /// A sound between two offsets, in seconds of media time, and the stream as it was at its end; `clip`: of a spoken turn.
        case transcript(from: Double, to: Double, at: StreamFork, clip: Int?)
        /// Of speech that goes on, up to the second offset.
        case guess(from: Double, to: Double)
        /// Of a client's standing instruction.
        case watch(ClientContext.ID, source: String)
        /// Of what is new in the picture.
        case notice(PictureChange)

        /// What it is about, whatever the fork still holds of it.
        var senses: Set<StreamModality> {
            switch self {
            case .answer, .watch: []
            case .spokenAnswer, .transcript, .guess: [.audio]
            case .notice: [.video]
            }
        }
    }

    var ask: Ask
    /// Turns are numbered in the order in which they began.
    var number: Int
    let purpose: Purpose
    let session: String
    let hub: EventHub
    let question: InputRows
    /// What the machine saw or heard lies in the fork, or was answered in the history that it carries.
    let senses: Set<StreamModality>
    var usage: Usage
    let evidence: Evidence
    var arrival: ContinuousClock.Instant
    var firstToken: Duration?
    /// The engine's step at which it was last served, or else began.
    var since: Int
    /// What of a spoken answer goes out.
    var held = HeldAnswer()
    /// It is one constant, told when it is whole, without its quotes.
    var isChoice = false
    /// What it may call; nil: nothing.
    var declarations: Declarations?
    /// A function was called in it, so that its end is told whatever else it said.
    var hasCalled = false
    /// The turn whose call came back late, of which this one speaks.
    var origin: String?
    /// Of a turn that is over: what came back and was not spoken of.
    var unsaid: [Int32] = []
    /// Of a turn about a late response: the rows that it read.
    var reads: [Int32] = []
    /// Tokens said before this turn, and those of them that were thoughts.
    var saidBefore = 0
    var thoughtBefore = 0

    /// Whose question it is.
    var client: ClientContext.ID? {
        if case .answer(let client) = purpose { client } else { nil }
    }

    /// Whose standing instruction it is.
    var watcher: ClientContext.ID? {
        if case .watch(let client, _) = purpose { client } else { nil }
    }

    var isSpokenAnswer: Bool {
        if case .spokenAnswer = purpose { true } else { false }
    }

    var isTranscript: Bool {
        if case .transcript = purpose { true } else { false }
    }

    var isGuess: Bool {
        if case .guess = purpose { true } else { false }
    }

    var isNotice: Bool {
        if case .notice = purpose { true } else { false }
    }

    /// Whom its steps are counted to.
    var owner: TurnOrder.Owner {
        switch purpose {
        case .answer(let client), .watch(let client, _): .client(client)
        case .spokenAnswer, .transcript, .guess, .notice: .session(session)
        }
    }

    var isAnswer: Bool { client != nil || isSpokenAnswer }

    /// What moved it, as events say it.
    var source: String? {
        switch purpose {
        case .answer: nil
        case .spokenAnswer, .transcript, .guess: "mic"
        case .watch(_, let source): source
        case .notice: "camera"
        }
    }

    /// Whether anything of it went out, so that its end must.
    var isTold: Bool {
        switch purpose {
        case .answer: true
        case .spokenAnswer: held.hasSpoken || hasCalled
        case .transcript, .guess, .watch, .notice: false
        }
    }

    /// The constant that was chosen; nil: it is not whole.
    var choice: String? { (try? JSONText.parse(Array(ask.newestText.utf8)))?.string }

    /// What the client's next question carries along of it.
    /// - Parameter turn: whose calls may still be answered; nil: it is told to its end.
    func exchange(_ format: StreamFormat, turn: String?) -> Exchange {
        let said = turn == nil ? format.answer(choice(orText: isChoice)) : ask.newest
        return Exchange(
            question: question, answer: .text(ask.earlier + said), isOpen: turn != nil, turn: turn ?? origin, senses: senses)
    }

    private func choice(orText isChoice: Bool) -> String { (isChoice ? choice : nil) ?? ask.newestText }
    /// Steps only while nobody waits for an answer or a transcript.
    var isBackground: Bool { watcher != nil || isNotice || isGuess }

    func complete(_ reason: TurnComplete.Reason?) -> TurnComplete {
        var usage = usage
        usage.thoughtTokens = ask.thoughtTokens - thoughtBefore
        usage.responseTokens = ask.generated.count - saidBefore - usage.thoughtTokens
        return TurnComplete(
            reason: reason, usage: usage, evidence: evidence,
            timing: firstToken.map { Timing(firstToken: $0, total: ContinuousClock.now - arrival) })
    }
}

/// A stream at a glance.
public struct StreamStatus: Sendable {
    public let cachedRows: Int
    /// Beside the system prompt, by what they are.
    public let rows: [StreamModality: Int]
    public let rowBudget: Int
    /// Positions from the system prompt's first row to the newest, evicted ones included.
    public let span: Int
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
