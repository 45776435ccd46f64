import Checkpoint

/// What the engine itself asks a model about its stream: the model's own prompts, or words that any model understands.
struct EnginePrompts: Sendable, Equatable {
    /// nanos answer in a dozen tokens; this cuts an answer that does not end.
    private static let maximumTrainedTokens = EngineLimits.promptedTokens

    let transcribe: String
    /// The model was trained to tell words from other sounds and to name those. A model that was not would make up words
    /// for a knock, so it is asked only about what the detector takes for speech.
    let namesSounds: Bool
    let notice: String

    init(_ extras: ModelExtras?) {
        transcribe = extras?.prompts?.transcribe ?? "Transcribe what was just said."
        namesSounds = extras?.prompts?.transcribe != nil
        notice = extras?.prompts?.notice ?? "Say in one short sentence what is new in the last picture."
    }

    /// - Parameter limit: the configured length of answers.
    func transcriptTokens(limit: Int) -> Int { namesSounds ? min(limit, Self.maximumTrainedTokens) : limit }
    func noticeTokens(limit: Int) -> Int { min(limit, Self.maximumTrainedTokens) }
}
