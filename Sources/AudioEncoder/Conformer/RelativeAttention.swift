import Checkpoint
import Foundation
import Layers
import Tensors

/// Causal local attention with relative positions and a soft cap on the logits.
///
/// A query sees the last `window` keys, itself included. With r_d the projection of the sinusoid of distance d,
///
///     logit(i, j) = cap * tanh((q_i . k_j + q_i . r_{i-j}) / cap)        0 <= i - j < window
///
/// The reference computes this in blocks of `attention_chunk_size`; a logit depends on the distance alone, so there is no
/// alignment to blocks, and no positions are kept: a stream carries window - 1 rows of keys and of values (Dai et al. 2019,
/// "Transformer-XL", for the relative term).
struct RelativeAttention: Sendable {
    struct State: Sendable {
        /// `[window - 1, hidden]`, oldest first; rows before the stream's start are zero and masked.
        fileprivate var keys: Matrix
        fileprivate var values: Matrix
        /// How many of them hold a token.
        fileprivate var filled = 0

        var floatCount: Int { keys.values.count + values.values.count }
    }

    private let window: Int
    private let heads: Int
    private let headWidth: Int
    private let cap: Float
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let output: Linear
    /// What each column of a query is multiplied by: headWidth^-0.5 / ln 2 * softplus(per_dim_scale), repeated per head.
    private let queryScale: [Float]
    /// `[window, hidden]`, row j holding distance window - 1 - j: the order of the keys in a window.
    private let relative: Matrix
    private let pool: ThreadPool

    /// What keys are multiplied by: ln(1 + e) / ln 2.
    private static let keyScale = Float(log(1 + exp(1.0)) / log(2.0))

    init(_ scope: WeightScope, _ configuration: AudioConfiguration) throws(CheckpointError) {
        let width = configuration.hiddenSize
        let clipped = configuration.usesClippedLinears
        window = configuration.visibleKeyCount
        heads = configuration.headCount
        headWidth = configuration.headDimension
        cap = configuration.attentionLogitCap
        query = try Linear(scope, "q_proj", inputs: width, outputs: width, clipped: clipped)
        key = try Linear(scope, "k_proj", inputs: width, outputs: width, clipped: clipped)
        value = try Linear(scope, "v_proj", inputs: width, outputs: width, clipped: clipped)
        output = try Linear(scope, "post", inputs: width, outputs: width, clipped: clipped)
        let neutral = 1 / (Double(headWidth).squareRoot() * log(2.0))
        let scale = try scope.vector("per_dim_scale", count: headWidth).map { Float(neutral * softplus(Double($0))) }
        queryScale = (0..<heads).flatMap { _ in scale }
        pool = scope.pool
        // The projections of the distances are constant: computed once in f32, and the weights are let go.
        let projection = WeightMatrix(
            f32: try scope.tensor("relative_k_proj.weight", shape: [width, width]), outputs: width, inputs: width)
        // The reference numbers positions from the middle of a block and its context: with blocks of 12 and 12 keys, the
        // published sizes, the position of a distance is the distance. Other sizes shift it.
        let shift = (configuration.attentionChunkSize + window) / 2 - window
        let positions = (0..<window).reversed().map { $0 + shift }
        relative = projection.multiply(sinusoids(positions: positions, width: width), pool: pool)
    }

    func makeState() -> State {
        let width = heads * headWidth
        return State(keys: Matrix(zeros: window - 1, width), values: Matrix(zeros: window - 1, width))
    }

    /// `[n, hidden]` to `[n, hidden]`; the last window - 1 keys and values stay in `state`.
    func callAsFunction(_ input: Matrix, state: inout State) -> Matrix {
        let past = window - 1
        let count = input.rows
        var queries = query(input)
        Operations.scaleColumnsInPlace(&queries, by: queryScale)
        var newKeys = key(input)
        Operations.scaleInPlace(&newKeys, by: Self.keyScale)
        var keys = state.keys
        keys.append(newKeys)
        var values = state.values
        values.append(value(input))

        let mixed = attend(queries, keys, values, firstValid: past - state.filled)
        state.keys = keys.rows(count..<count + past)
        state.values = values.rows(count..<count + past)
        state.filled = min(past, state.filled + count)
        return output(mixed)
    }

    /// Query i sees rows i ..< i + window of `keys`, those from `firstValid` on.
    private func attend(_ queries: Matrix, _ keys: Matrix, _ values: Matrix, firstValid: Int) -> Matrix {
        let width = heads * headWidth
        var mixed = Matrix(zeros: queries.rows, width)
        mixed.values.withUnsafeMutableBufferPointer { mixed in
            queries.values.withUnsafeBufferPointer { queries in
                keys.values.withUnsafeBufferPointer { keys in
                    values.values.withUnsafeBufferPointer { values in
                        relative.values.withUnsafeBufferPointer { relative in
                            guard let q = queries.baseAddress, let k = keys.baseAddress, let v = values.baseAddress,
                                let r = relative.baseAddress, let o = mixed.baseAddress
                            else { return }
                            // Shared by the workers: inputs are only read, each (token, head) writes its own columns of `mixed`.
                            nonisolated(unsafe) let (query, key, value, distance, out) = (q, k, v, r, o)
                            pool.parallel(queries.count / headWidth, grain: 64) { range in
                                withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * window) { scratch in
                                    guard let logits = scratch.baseAddress else { return }
                                    for item in range {
                                        let token = item / heads
                                        let column = item % heads * headWidth
                                        let skipped = max(0, firstValid - token)
                                        attend(
                                            query: query + token * width + column,
                                            keys: key + (token + skipped) * width + column,
                                            values: value + (token + skipped) * width + column,
                                            relative: distance + skipped * width + column,
                                            rows: window - skipped, logits: logits, into: out + token * width + column)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return mixed
    }

    private func attend(
        query: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, relative: UnsafePointer<Float>,
        rows: Int, logits: UnsafeMutablePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        let stride = heads * headWidth
        let distances = logits + window
        Primitives.scores(query: query, keys: keys, stride: stride, rows: rows, width: headWidth, into: logits)
        Primitives.scores(query: query, keys: relative, stride: stride, rows: rows, width: headWidth, into: distances)
        for row in 0..<rows { logits[row] = cap * tanhf((logits[row] + distances[row]) / cap) }
        Primitives.softmax(logits, rows)
        Primitives.accumulate(weights: logits, values: values, stride: stride, rows: rows, width: headWidth, into: output)
    }
}

/// ln(1 + e^x).
private func softplus(_ x: Double) -> Double {
    max(x, 0) + log1p(exp(-abs(x)))
}

/// `[positions, width]`: sin(p s_j) for j < width / 2, then cos(p s_j), with s_j = 10000^(-j / (width / 2 - 1)). The
/// reference has no positions below 0: zeros.
private func sinusoids(positions: [Int], width: Int) -> Matrix {
    let half = width / 2
    let decay = log(10_000.0) / Double(max(half - 1, 1))
    var table: [Float] = []
    for position in positions {
        guard position >= 0 else {
            table += [Float](repeating: 0, count: width)
            continue
        }
        let angles = (0..<half).map { Double(position) * exp(-Double($0) * decay) }
        table += angles.map { Float(sin($0)) }
        table += angles.map { Float(cos($0)) }
    }
    return Matrix(rows: positions.count, columns: width, values: table)
}
