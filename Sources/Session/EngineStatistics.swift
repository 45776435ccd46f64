import AgentProtocol

/// How long something took, as a histogram of fixed bounds, which cost nothing to keep for ever and can be added up.
public struct DurationHistogram: Sendable, Equatable {
    /// Upper bounds in seconds: from a nano's step to an answer of E4B on a slow machine.
    public static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// Observations up to each bound but above the one before; one more for those beyond the last.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    /// Seconds.
    public private(set) var sum = 0.0
    public var count: Int { counts.reduce(0, +) }

    public init() {}

    public mutating func observe(_ duration: Duration) {
        let seconds = duration.inSeconds
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
    }
}

/// What the engine has done since it began; all values only grow.
public struct EngineStatistics: Sendable {
    public enum Work: String, Sendable, CaseIterable { case frame, sound, answer }
    /// What asks were for: a client's question, a spoken one, a transcript, a guess at one, a standing instruction, what is new.
    public enum Purpose: String, Sendable, CaseIterable { case question, spoken, transcript, guess, watch, notice }

    /// One step of the engine: one frame or one stretch of sound taken in, one token (or one part of a question) of an answer.
    public internal(set) var steps: [Work: DurationHistogram] = [:]
    /// From a question to its first token.
    public internal(set) var firstToken = DurationHistogram()
    public internal(set) var asks: [Purpose: Int] = [:]
    /// Rows that asks took in: of questions, answers, and what functions returned.
    package internal(set) var askRows = 0
    /// Asks that were stopped before their end.
    public internal(set) var stoppedAsks = 0
    /// Questions that were refused because their client lets none end.
    public internal(set) var refusedInterruptions = 0

    init() {}
}

extension RunningAsk.Purpose {
    var counted: EngineStatistics.Purpose {
        switch self {
        case .answer: .question
        case .spokenAnswer: .spoken
        case .transcript: .transcript
        case .guess: .guess
        case .watch: .watch
        case .notice: .notice
        }
    }
}
