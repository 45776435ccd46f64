/// What a session says that nobody asked at that moment. Seconds from the beginning of the recording.
package enum StreamNote: Sendable, Equatable {
    /// Words that were heard, and the turn that answers them.
    case words(String, from: Double, to: Double, turn: String?)
    /// Any other sound, as "knock".
    case sound(String, at: Double)
    /// Something noticed in the picture.
    case noticed(String, at: Double)
    /// The whole answer to what was spoken.
    case answer(turn: String, String)
    /// What a standing instruction said.
    case said(instruction: Int, String, at: Double)
}

/// A recording as it was played: what was asked, answered and said. What is right of it is the scores' business.
package struct StreamRecord: Sendable {
    /// By number of the ask.
    package var answers: [Int: StreamAnswer] = [:]
    /// The same asked of a stream that holds nothing else.
    package var fresh: [Int: StreamAnswer] = [:]
    /// Spoken questions typed at the same moment, by number of the sentence.
    package var typed: [Int: StreamAnswer] = [:]
    package var notes: [StreamNote] = []
    package var cost = StreamCost()

    package init() {}
}
