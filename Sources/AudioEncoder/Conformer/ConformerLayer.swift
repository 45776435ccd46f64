import Checkpoint
import Layers
import Tensors

/// One layer of the audio tower: half a feed-forward, attention, causal convolution, half a feed-forward, and a norm on the
/// residual stream itself.
struct ConformerLayer: Sendable {
    struct State: Sendable {
        fileprivate var attention: RelativeAttention.State
        fileprivate var convolution: CausalConvolution.State

        var floatCount: Int { attention.floatCount + convolution.floatCount }
    }

    private let firstFeedForward: FeedForward
    private let attentionNorm: RMSNorm
    private let attention: RelativeAttention
    private let attentionPostNorm: RMSNorm
    private let convolution: CausalConvolution
    private let secondFeedForward: FeedForward
    private let outputNorm: RMSNorm
    private let clipping: Float

    init(_ scope: WeightScope, _ configuration: AudioConfiguration) throws(CheckpointError) {
        let (width, epsilon) = (configuration.hiddenSize, configuration.rmsNormEpsilon)
        firstFeedForward = try FeedForward(scope.scope("feed_forward1"), configuration)
        attentionNorm = try RMSNorm(scope, "norm_pre_attn", width: width, epsilon: epsilon)
        attention = try RelativeAttention(scope.scope("self_attn"), configuration)
        attentionPostNorm = try RMSNorm(scope, "norm_post_attn", width: width, epsilon: epsilon)
        convolution = try CausalConvolution(scope.scope("lconv1d"), configuration)
        secondFeedForward = try FeedForward(scope.scope("feed_forward2"), configuration)
        outputNorm = try RMSNorm(scope, "norm_out", width: width, epsilon: epsilon)
        clipping = configuration.gradientClipping
    }

    func makeState() -> State {
        State(attention: attention.makeState(), convolution: convolution.makeState())
    }

    func callAsFunction(_ input: Matrix, state: inout State) -> Matrix {
        let hidden = firstFeedForward(input)
        let attended = attention(attentionNorm(clamped(hidden, to: clipping)), state: &state.attention)
        let sum = Operations.add(hidden, attentionPostNorm(clamped(attended, to: clipping)))
        let convolved = convolution(sum, state: &state.convolution)
        return outputNorm(clamped(secondFeedForward(convolved), to: clipping))
    }
}
