import Checkpoint
import Layers
import Tensors

/// One layer of the vision tower: full attention, then a gated feed-forward network, each normalised before and after.
///
///     y = RMS_in(x);   x += RMS_postattn(W_o attention(rope(RMS_q(W_q y)), rope(RMS_k(W_k y)), RMS(W_v y)))
///     y = RMS_preffn(x);   x += RMS_postffn(W_down(gelu_tanh(W_gate y) * (W_up y)))
///
/// The steps are offered one by one, on any subset of rows: the dense pass and the sparse update are made of the same ones.
/// Source: `Gemma4VisionEncoderLayer`, transformers 5.23.
struct VisionLayer: Sendable {
    private let inputNorm: RMSNorm
    private let postAttentionNorm: RMSNorm
    private let preFeedForwardNorm: RMSNorm
    private let postFeedForwardNorm: RMSNorm
    private let queryProjection: Linear
    private let keyProjection: Linear
    private let valueProjection: Linear
    private let outputProjection: Linear
    private let queryNorm: RMSNorm
    private let keyNorm: RMSNorm
    private let valueNorm: RMSNorm
    private let gateProjection: Linear
    private let upProjection: Linear
    private let downProjection: Linear
    private let attention: FullAttention
    private let heads: Int

    /// The feed-forward network's inner activations are held for at most this many rows (2 x 25 MB at 3072 wide).
    private static let feedForwardRows = 2048

    init(_ scope: WeightScope, _ configuration: VisionConfiguration) throws(CheckpointError) {
        let hidden = configuration.hiddenSize
        let inner = configuration.intermediateSize
        let attended = configuration.headCount * configuration.headDimension
        let clipped = configuration.usesClippedLinears
        let epsilon = configuration.rmsNormEpsilon
        inputNorm = try RMSNorm(scope, "input_layernorm", width: hidden, epsilon: epsilon)
        postAttentionNorm = try RMSNorm(scope, "post_attention_layernorm", width: hidden, epsilon: epsilon)
        preFeedForwardNorm = try RMSNorm(scope, "pre_feedforward_layernorm", width: hidden, epsilon: epsilon)
        postFeedForwardNorm = try RMSNorm(scope, "post_feedforward_layernorm", width: hidden, epsilon: epsilon)
        let selfAttention = scope.scope("self_attn")
        queryProjection = try Linear(selfAttention, "q_proj", inputs: hidden, outputs: attended, clipped: clipped)
        keyProjection = try Linear(selfAttention, "k_proj", inputs: hidden, outputs: attended, clipped: clipped)
        valueProjection = try Linear(selfAttention, "v_proj", inputs: hidden, outputs: attended, clipped: clipped)
        outputProjection = try Linear(selfAttention, "o_proj", inputs: attended, outputs: hidden, clipped: clipped)
        queryNorm = try RMSNorm(selfAttention, "q_norm", width: configuration.headDimension, epsilon: epsilon)
        keyNorm = try RMSNorm(selfAttention, "k_norm", width: configuration.headDimension, epsilon: epsilon)
        valueNorm = RMSNorm(width: configuration.headDimension, epsilon: epsilon)
        let mlp = scope.scope("mlp")
        gateProjection = try Linear(mlp, "gate_proj", inputs: hidden, outputs: inner, clipped: clipped)
        upProjection = try Linear(mlp, "up_proj", inputs: hidden, outputs: inner, clipped: clipped)
        downProjection = try Linear(mlp, "down_proj", inputs: inner, outputs: hidden, clipped: clipped)
        attention = FullAttention(heads: configuration.headCount, headDimension: configuration.headDimension, pool: scope.pool)
        heads = configuration.headCount
    }

    /// Queries, keys and values of some tokens, `[rows, heads * headDimension]` each.
    struct Projections {
        var queries: Matrix
        var keys: Matrix
        var values: Matrix
    }

    /// - Parameters:
    ///   - x: [rows, hidden], the residual stream.
    ///   - patches: the patch index of each row.
    ///   - columns: patches a row of the picture.
    func project(_ x: Matrix, patches: some Sequence<Int>, columns: Int, rotary: AxialRotaryEmbedding) -> Projections {
        let y = inputNorm(x)
        var queries = queryNorm.heads(queryProjection(y), count: heads)
        var keys = keyNorm.heads(keyProjection(y), count: heads)
        let values = valueNorm.heads(valueProjection(y), count: heads)
        rotary.apply(to: &queries, patches: patches, columns: columns)
        rotary.apply(to: &keys, patches: patches, columns: columns)
        return Projections(queries: queries, keys: keys, values: values)
    }

    /// What attention adds to the residual stream: [queries, hidden].
    func attentionBranch(queries: Matrix, keys: Matrix, values: Matrix) -> Matrix {
        postAttentionNorm(outputProjection(attention(queries: queries, keys: keys, values: values)))
    }

    /// What the feed-forward network adds to the residual stream: [rows, hidden].
    func feedForwardBranch(_ x: Matrix) -> Matrix {
        guard x.rows > Self.feedForwardRows else { return feedForward(x) }
        var result = feedForward(x.rows(0..<Self.feedForwardRows))
        for start in stride(from: Self.feedForwardRows, to: x.rows, by: Self.feedForwardRows) {
            result.append(feedForward(x.rows(start..<min(start + Self.feedForwardRows, x.rows))))
        }
        return result
    }

    private func feedForward(_ x: Matrix) -> Matrix {
        let y = preFeedForwardNorm(x)
        return postFeedForwardNorm(downProjection(Operations.geluTanhGated(gateProjection(y), upProjection(y))))
    }
}
