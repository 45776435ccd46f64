/// An answer that was not right, as a line of `--failures`.
public struct EvaluationFailure: Codable, Sendable, Equatable {
    public let id: String
    public let measure: String
    public let question: String
    /// Any of these would have been right; empty: nothing was to be said.
    public let expected: [String]
    public let got: String
    /// Of a long stream: seconds from its beginning, and the newest frame then, relative to the stream's folder.
    public var time: Double?
    public var image: String?
    /// Of a comparison: which run.
    public var run: String?
}
