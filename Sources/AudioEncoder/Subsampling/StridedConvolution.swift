import Checkpoint
import Tensors

/// Conv2d 3x3, stride 2 in time and frequency, one zero of padding on every side, no bias; then LayerNorm over the channels
/// of each (time, frequency) without bias, then ReLU.
///
/// A row is one time step, `[frequency, channel]` flattened frequency first: the order in which the last convolution is
/// flattened for the projection, and the one in which the three taps of a time step are contiguous. The product is
/// im2col times the weights: an output row t reads input rows 2t - 1, 2t, 2t + 1, so that one row of history is all a
/// stream has to keep, as long as rows arrive in pairs.
struct StridedConvolution: Sendable {
    let inputChannels: Int
    let outputChannels: Int
    let inputBands: Int
    var outputBands: Int { inputBands / 2 }

    /// `[outputChannels, 9 * inputChannels]`, taps in the order (time, frequency, channel).
    private let weight: [Float]
    private let normalization: [Float]
    private let epsilon: Float
    private let pool: ThreadPool

    init(
        _ scope: WeightScope, inputChannels: Int, outputChannels: Int, inputBands: Int, epsilon: Float
    ) throws(CheckpointError) {
        let stored = try scope.tensor("conv.weight", shape: [outputChannels, inputChannels, 3, 3])
        var taps = [Float](repeating: 0, count: stored.count)
        for output in 0..<outputChannels {
            for input in 0..<inputChannels {
                for tap in 0..<9 {
                    taps[(output * 9 + tap) * inputChannels + input] = stored[(output * inputChannels + input) * 9 + tap]
                }
            }
        }
        // 0.04 million weights against the tower's 305 million: always f32.
        weight = taps
        normalization = try scope.vector("norm.weight", count: outputChannels)
        self.epsilon = epsilon
        self.inputChannels = inputChannels
        self.outputChannels = outputChannels
        self.inputBands = inputBands
        pool = scope.pool
    }

    var inputWidth: Int { inputBands * inputChannels }
    var outputWidth: Int { outputBands * outputChannels }

    /// - Parameters:
    ///   - input: `[2n, inputBands * inputChannels]`, new rows only.
    ///   - history: the row before them; becomes the last of them.
    /// - Returns: `[n, outputBands * outputChannels]`.
    func callAsFunction(_ input: Matrix, history: inout [Float]) -> Matrix {
        let steps = input.rows / 2
        var output = Matrix(zeros: steps, outputWidth)
        output.values.withUnsafeMutableBufferPointer { output in
            input.values.withUnsafeBufferPointer { input in
                history.withUnsafeBufferPointer { history in
                    guard let out = output.baseAddress, let new = input.baseAddress, let old = history.baseAddress else { return }
                    // Shared by the workers: inputs are only read, and every step writes its own row of the output.
                    nonisolated(unsafe) let (result, rows, first) = (out, new, old)
                    pool.parallel(steps) { part in
                        for step in part {
                            let before = step == 0 ? first : rows + (2 * step - 1) * inputWidth
                            convolve(before, rows + 2 * step * inputWidth, into: result + step * outputWidth)
                        }
                    }
                }
            }
        }
        history = Array(input.row(input.rows - 1))
        return output
    }

    /// One output row. Every product has the same shape, so its rounding is the same however many rows come together.
    private func convolve(_ before: UnsafePointer<Float>, _ rows: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        let run = 3 * inputChannels
        withUnsafeTemporaryAllocation(of: Float.self, capacity: outputBands * 3 * run) { patches in
            guard let patches = patches.baseAddress else { return }
            // im2col, `[outputBands, 9 * inputChannels]`: a row holds three runs of three bands, one for each time tap.
            for band in 0..<outputBands {
                for tap in 0..<3 {
                    let source = tap == 0 ? before : rows + (tap - 1) * inputWidth
                    let target = patches + (3 * band + tap) * run
                    // Bands 2b - 1 ... 2b + 1. Before band 0 there is padding; an even number of bands never reaches past
                    // the last.
                    let padding = band == 0 ? inputChannels : 0
                    target.initialize(repeating: 0, count: padding)
                    (target + padding).initialize(from: source + (2 * band - 1) * inputChannels + padding, count: run - padding)
                }
            }
            weight.withUnsafeBufferPointer { weight in
                guard let weight = weight.baseAddress else { return }
                Primitives.gemm(
                    patches, lda: 3 * run, weight, ldb: 3 * run, output, ldc: outputChannels,
                    m: outputBands, n: outputChannels, k: 3 * run, transposeB: true)
            }
        }
        normalizeAndRectify(output)
    }

    /// LayerNorm over the channels of each band, then ReLU.
    private func normalizeAndRectify(_ output: UnsafeMutablePointer<Float>) {
        let width = outputChannels
        normalization.withUnsafeBufferPointer { weight in
            for band in 0..<outputBands {
                let row = output + band * width
                var sum: Float = 0
                for index in 0..<width { sum += row[index] }
                let mean = sum / Float(width)
                var squares: Float = 0
                for index in 0..<width { squares += (row[index] - mean) * (row[index] - mean) }
                let scale = 1 / (squares / Float(width) + epsilon).squareRoot()
                for index in 0..<width { row[index] = max(0, (row[index] - mean) * scale * weight[index]) }
            }
        }
    }
}
