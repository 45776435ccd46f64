import Checkpoint
import Layers
import Tensors

/// Half of a macaron pair (Gulati et al. 2020, "Conformer"): hidden -> 4 hidden -> hidden with SiLU, added with a weight.
///
///     h + weight * RMS_post(clip(W2 silu(W1 RMS_pre(clip(h)))))
struct FeedForward: Sendable {
    private let preNorm: RMSNorm
    private let expand: Linear
    private let contract: Linear
    private let postNorm: RMSNorm
    private let residualWeight: Float
    private let clipping: Float

    init(_ scope: WeightScope, _ configuration: AudioConfiguration) throws(CheckpointError) {
        let (width, inner) = (configuration.hiddenSize, configuration.feedForwardSize)
        let clipped = configuration.usesClippedLinears
        preNorm = try RMSNorm(scope, "pre_layer_norm", width: width, epsilon: configuration.rmsNormEpsilon)
        expand = try Linear(scope, "ffw_layer_1", inputs: width, outputs: inner, clipped: clipped)
        contract = try Linear(scope, "ffw_layer_2", inputs: inner, outputs: width, clipped: clipped)
        postNorm = try RMSNorm(scope, "post_layer_norm", width: width, epsilon: configuration.rmsNormEpsilon)
        residualWeight = configuration.residualWeight
        clipping = configuration.gradientClipping
    }

    func callAsFunction(_ hidden: Matrix) -> Matrix {
        var inner = expand(preNorm(clamped(hidden, to: clipping)))
        Operations.siluInPlace(&inner)
        var sum = hidden
        Operations.addInPlace(&sum, postNorm(clamped(contract(inner), to: clipping)), factor: residualWeight)
        return sum
    }
}
