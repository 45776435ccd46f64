import Layers
public import Tensors

/// One way into the common space: the tokens of a frame, a sound or a sentence to one vector of length 1.
///
///     embedding = l2norm( W2 · mean over tokens( gelu_tanh( W1 · rms(x) + b1 ) ) )
///
/// The mean is a running sum, so that the tokens of a sound may come as they are computed, in any division.
public struct MatchSide: Sendable {
    /// What was pushed so far. A value: a copy is a snapshot, and either may go on.
    public struct State: Sendable {
        public fileprivate(set) var tokens = 0
        /// `[hidden]`, in f64: a long sound adds thousands of rows.
        fileprivate var sum: [Double]
    }

    /// Columns of a token.
    public let inputWidth: Int
    /// Of an embedding.
    public let dimensions: Int
    private let norm: RMSNorm
    private let hidden: Linear
    private let output: Linear

    init(_ name: String, inputs: Int, dimensions: Int? = nil, epsilon: Float, _ weights: inout MatchWeights) throws(MatchError) {
        inputWidth = inputs
        norm = RMSNorm(width: inputs, epsilon: epsilon)
        hidden = try weights.linear("\(name).hidden", inputs: inputs, bias: true)
        output = try weights.linear("\(name).output", inputs: hidden.weight.outputs, outputs: dimensions)
        self.dimensions = output.weight.outputs
    }

    public func makeState() -> State { State(sum: [Double](repeating: 0, count: hidden.weight.outputs)) }

    /// Adds tokens, `[n, inputWidth]`.
    public func push(_ tokens: Matrix, into state: inout State) {
        guard tokens.rows > 0 else { return }
        var activated = hidden(norm(tokens))
        Operations.geluTanhInPlace(&activated)
        for row in 0..<activated.rows {
            for (column, value) in activated.row(row).enumerated() { state.sum[column] += Double(value) }
        }
        state.tokens += tokens.rows
    }

    /// The embedding of what was pushed, `[dimensions]`; nil before the first token. The state may go on.
    public func embedding(_ state: State) -> [Float]? {
        guard state.tokens > 0 else { return nil }
        let mean = state.sum.map { Float($0 / Double(state.tokens)) }
        let projected = output(Matrix(rows: 1, columns: mean.count, values: mean)).values
        let norm = projected.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        // F.normalize's ε: a vector of zeros stays one.
        return projected.map { Float(Double($0) / max(norm, 1e-12)) }
    }

    /// The embedding of a whole, `[n, inputWidth]`; nil without a token.
    public func callAsFunction(_ tokens: Matrix) -> [Float]? {
        var state = makeState()
        push(tokens, into: &state)
        return embedding(state)
    }
}
