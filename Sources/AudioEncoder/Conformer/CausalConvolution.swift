import Checkpoint
import Layers
import Tensors

/// The convolution module of a Conformer layer, made causal: a gated linear, a depthwise convolution over time that looks
/// back only, a norm, SiLU, a linear.
///
///     h + W_end silu(RMS_conv(clip(depthwise(GLU(W_start RMS_pre(h))))))        GLU(a, b) = a * sigmoid(b)
struct CausalConvolution: Sendable {
    struct State: Sendable {
        /// `[kernel - 1, hidden]`, the last inputs of the depthwise convolution; zeros at the stream's start.
        fileprivate var history: Matrix

        var floatCount: Int { history.values.count }
    }

    private let width: Int
    private let kernel: Int
    private let preNorm: RMSNorm
    private let start: Linear
    /// `[kernel, hidden]`, the last row being the current token's tap.
    private let taps: Matrix
    private let convolutionNorm: RMSNorm
    private let end: Linear
    private let clipping: Float

    init(_ scope: WeightScope, _ configuration: AudioConfiguration) throws(CheckpointError) {
        width = configuration.hiddenSize
        kernel = configuration.convolutionKernelSize
        let clipped = configuration.usesClippedLinears
        preNorm = try RMSNorm(scope, "pre_layer_norm", width: width, epsilon: configuration.rmsNormEpsilon)
        start = try Linear(scope, "linear_start", inputs: width, outputs: 2 * width, clipped: clipped)
        convolutionNorm = try RMSNorm(scope, "conv_norm", width: width, epsilon: configuration.rmsNormEpsilon)
        end = try Linear(scope, "linear_end", inputs: width, outputs: width, clipped: clipped)
        clipping = configuration.gradientClipping
        let stored = try scope.tensor("depthwise_conv1d.weight", shape: [width, 1, kernel])
        var transposed = Matrix(zeros: kernel, width)
        for channel in 0..<width {
            for tap in 0..<kernel { transposed.values[tap * width + channel] = stored[channel * kernel + tap] }
        }
        taps = transposed
    }

    func makeState() -> State {
        State(history: Matrix(zeros: kernel - 1, width))
    }

    func callAsFunction(_ hidden: Matrix, state: inout State) -> Matrix {
        var rows = state.history
        rows.append(gatedHalves(start(preNorm(hidden))))
        state.history = rows.rows(hidden.rows..<hidden.rows + kernel - 1)
        var inner = convolutionNorm(clamped(depthwise(rows), to: clipping))
        Operations.siluInPlace(&inner)
        return Operations.add(hidden, end(inner))
    }

    /// out_t = sum over taps of `rows[t + tap] * taps[tap]`.
    private func depthwise(_ rows: Matrix) -> Matrix {
        var output = Matrix(zeros: rows.rows - kernel + 1, width)
        output.values.withUnsafeMutableBufferPointer { output in
            rows.values.withUnsafeBufferPointer { rows in
                taps.values.withUnsafeBufferPointer { taps in
                    for token in 0..<output.count / width {
                        for tap in 0..<kernel {
                            let (source, weight, target) = ((token + tap) * width, tap * width, token * width)
                            for column in 0..<width { output[target + column] += rows[source + column] * taps[weight + column] }
                        }
                    }
                }
            }
        }
        return output
    }
}
