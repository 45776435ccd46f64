import AgentProtocol

/// How a session's sound becomes turns.
struct Listening: Sendable, Equatable {
    /// The client says where speech begins and ends.
    var isManual = false
    /// Silence, and what lies outside of speech, is taken in too.
    var takesAll = false
    /// Speech that begins ends the answer under way; if not, it is answered afterwards.
    var interrupts = false

    /// The main session's: the newest spoken question ends the answer to the one before it, and nothing else.
    init() {}

    /// A private session's.
    /// - Parameter answersSpeech: what is spoken is answered.
    init(_ input: RealtimeInputConfig, answersSpeech: Bool) {
        isManual = input.isManual
        takesAll = input.turnCoverage == .allInput
        interrupts = input.activityHandling.map { $0 == .interrupts } ?? (answersSpeech || isManual)
    }
}
