/// An answer that was not right, as a line of `--failures`.
public struct EvaluationFailure: Codable, Sendable, Equatable {
    public let id: String
    public let measure: String
    public let question: String
    /// Any of these would have been right; empty: nothing was to be said.
    public let expected: [String]
    public let got: String
    /// Of a comparison: which run.
    public var run: String?
}
