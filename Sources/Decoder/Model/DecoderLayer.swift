import Checkpoint
import Layers
import Tensors

/// One transformer layer: attention, gated MLP, per-layer input, each normalised before and after (GEMMA4 text model,
/// transformers `Gemma4TextDecoderLayer`).
///
///     x += norm(W_o attend(x));  x += norm(MLP(norm(x)));  x += norm(W_p(gelu(W_g x) * p));  x *= scalar
struct DecoderLayer: Sendable {
    let index: Int
    let kind: LayerType
    /// The place of this layer's keys and values in the pages of its kind; of the producer it borrows from, when it owns none.
    let cacheLayer: Int
    /// Nil in layers that share an earlier layer's keys and values.
    let producer: KeyValueProducer?

    private let inputNorm: RMSNorm
    private let query: Linear
    private let queryNorm: RMSNorm
    private let attention: Attention
    private let output: Linear
    private let postAttentionNorm: RMSNorm
    private let preFeedForwardNorm: RMSNorm
    private let gate: Linear
    private let up: Linear
    private let down: Linear
    private let postFeedForwardNorm: RMSNorm
    private let perLayer: PerLayerBlock?
    private let scalar: Float

    init(_ scope: WeightScope, index: Int, cacheLayer: Int, _ text: TextConfiguration) throws(CheckpointError) {
        let hidden = text.hiddenSize, epsilon = text.rmsNormEpsilon
        let headDimension = text.headDimension(layer: index)
        let queryWidth = text.headCount * headDimension
        let intermediate = text.intermediateSize(layer: index)
        let scopeOfAttention = scope.scope("self_attn")
        let scopeOfMLP = scope.scope("mlp")

        self.index = index
        self.cacheLayer = cacheLayer
        kind = text.layerTypes[index]
        inputNorm = try RMSNorm(scope, "input_layernorm", width: hidden, epsilon: epsilon)
        query = try Linear(scopeOfAttention, "q_proj", inputs: hidden, outputs: queryWidth)
        queryNorm = try RMSNorm(scopeOfAttention, "q_norm", width: headDimension, epsilon: epsilon)
        if text.isKeyValueShared(layer: index) {
            // Published checkpoints carry these weights although the model never uses them.
            for name in ["k_proj", "v_proj", "k_norm", "v_norm"] { scopeOfAttention.ignore(name) }
            producer = nil
        } else {
            producer = try KeyValueProducer(scopeOfAttention, heads: text.keyValueHeads(layer: index), headDimension: headDimension, text)
        }
        attention = Attention(
            heads: text.headCount, keyValueHeads: text.keyValueHeads(layer: index), headDimension: headDimension, pool: scope.pool)
        output = try Linear(scopeOfAttention, "o_proj", inputs: queryWidth, outputs: hidden)
        postAttentionNorm = try RMSNorm(scope, "post_attention_layernorm", width: hidden, epsilon: epsilon)
        preFeedForwardNorm = try RMSNorm(scope, "pre_feedforward_layernorm", width: hidden, epsilon: epsilon)
        gate = try Linear(scopeOfMLP, "gate_proj", inputs: hidden, outputs: intermediate)
        up = try Linear(scopeOfMLP, "up_proj", inputs: hidden, outputs: intermediate)
        down = try Linear(scopeOfMLP, "down_proj", inputs: intermediate, outputs: hidden)
        postFeedForwardNorm = try RMSNorm(scope, "post_feedforward_layernorm", width: hidden, epsilon: epsilon)
        perLayer = text.perLayerInputSize > 0 ? try PerLayerBlock(scope, text) : nil
        scalar = try scope.scalar("layer_scalar")
    }

    /// The whole layer for rows `x` `[n, hidden]`, the last `n` of the step; producers store keys and values on the way.
    func callAsFunction(_ x: Matrix, perLayerInput: Matrix?, step: DecoderStep) -> Matrix {
        let normalised = inputNorm(x)
        storeKeysAndValues(normalised, step: step)
        return finish(x, normalised: normalised, perLayerInput: perLayerInput, step: step)
    }

    func normalise(_ x: Matrix) -> Matrix { inputNorm(x) }

    /// Keys and values of all rows of the step; nothing in layers that own none.
    func storeKeysAndValues(_ normalised: Matrix, step: DecoderStep) {
        guard let producer else { return }
        let (keys, values) = producer(normalised, angles: step.angles(kind))
        step.view(kind).write(keys: keys.values, values: values.values, layer: cacheLayer)
    }

    /// Everything after the keys and values are stored.
    /// - Parameters:
    ///   - x: residual stream, `[n, hidden]`.
    ///   - normalised: its input norm.
    ///   - perLayerInput: `[n, per-layer width]`.
    func finish(_ x: Matrix, normalised: Matrix, perLayerInput: Matrix?, step: DecoderStep) -> Matrix {
        var queries = queryNorm.heads(query(normalised), count: attention.heads)
        step.angles(kind).rotate(&queries)
        var x = x
        Operations.addInPlace(&x, postAttentionNorm(output(attention(queries, view: step.view(kind), layer: cacheLayer))))

        let y = preFeedForwardNorm(x)
        Operations.addInPlace(&x, postFeedForwardNorm(down(Operations.geluTanhGated(gate(y), up(y)))))
        if let perLayer, let perLayerInput { Operations.addInPlace(&x, perLayer(x, input: perLayerInput)) }
        Operations.scaleInPlace(&x, by: scalar)
        return x
    }
}

/// Keys and values of one layer: `k = rope(norm(W_k y))`, `v = norm(W_v y)` without a scale, both normalised per head.
struct KeyValueProducer: Sendable {
    private let key: Linear
    private let keyNorm: RMSNorm
    private let value: Linear
    private let valueNorm: RMSNorm
    private let heads: Int

    init(_ scope: WeightScope, heads: Int, headDimension: Int, _ text: TextConfiguration) throws(CheckpointError) {
        self.heads = heads
        key = try Linear(scope, "k_proj", inputs: text.hiddenSize, outputs: heads * headDimension)
        keyNorm = try RMSNorm(scope, "k_norm", width: headDimension, epsilon: text.rmsNormEpsilon)
        value = try Linear(scope, "v_proj", inputs: text.hiddenSize, outputs: heads * headDimension)
        valueNorm = RMSNorm(width: headDimension, epsilon: text.rmsNormEpsilon)
    }

    /// `[n, hidden]` to two `[n, heads * head dimension]`.
    func callAsFunction(_ normalised: Matrix, angles: RotaryAngles) -> (keys: Matrix, values: Matrix) {
        var keys = keyNorm.heads(key(normalised), count: heads)
        angles.rotate(&keys)
        return (keys, valueNorm.heads(value(normalised), count: heads))
    }
}

/// The per-layer input: `norm(W_p(gelu_tanh(W_g x) * p))`, `p` this layer's slice of the row's per-layer embedding.
struct PerLayerBlock: Sendable {
    private let gate: Linear
    private let projection: Linear
    private let norm: RMSNorm

    init(_ scope: WeightScope, _ text: TextConfiguration) throws(CheckpointError) {
        gate = try Linear(scope, "per_layer_input_gate", inputs: text.hiddenSize, outputs: text.perLayerInputSize)
        projection = try Linear(scope, "per_layer_projection", inputs: text.perLayerInputSize, outputs: text.hiddenSize)
        norm = try RMSNorm(scope, "post_per_layer_input_norm", width: text.hiddenSize, epsilon: text.rmsNormEpsilon)
    }

    func callAsFunction(_ x: Matrix, input: Matrix) -> Matrix {
        norm(projection(Operations.geluTanhGated(gate(x), input)))
    }
}
