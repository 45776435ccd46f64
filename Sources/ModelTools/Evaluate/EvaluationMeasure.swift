/// What can be measured on an evaluation set, by the names of `--measures`.
public enum EvaluationMeasure: String, Sendable, CaseIterable, Codable {
    /// "What is on the desk?": the kinds named against the kinds that are there.
    case objects
    case presence
    case colour
    case count
    case spatial
    case change
    /// A request under functions that the model was never shown: the call, or none where none fits.
    case functions
    /// The same question typed and spoken.
    case spoken
    /// Words spoken, against the transcript.
    case words
    /// One sound, against what was published of it.
    case sounds
    /// A standing instruction: when it spoke, and what.
    case speakUp = "speakup"
    /// A sentence finds its frame or sound among a hundred.
    case retrieval

    /// Measures that are one question with one answer out of a list.
    static let exact: [EvaluationMeasure] = [.presence, .colour, .count, .spatial, .change]
    /// What `measure` of an ask may be.
    static let ofAsks: [EvaluationMeasure] = [.objects] + exact + [.functions, .spoken]
}
