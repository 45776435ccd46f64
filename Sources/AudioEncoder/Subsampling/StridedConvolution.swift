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
    private let weight: WeightMatrix
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
        // 0.2 million weights against the tower's 305 million: always f32.
        weight = WeightMatrix(f32: taps, outputs: outputChannels, inputs: 9 * inputChannels)
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
        let patches = gather(input, history: history, steps: steps)
        history = Array(input.row(input.rows - 1))
        var output = weight.multiply(patches, pool: pool)  // [n * outputBands, outputChannels]
        output.values.withUnsafeMutableBufferPointer { normalizeAndRectify($0) }
        return Matrix(rows: steps, columns: outputWidth, values: output.values)
    }

    /// im2col: `[n * outputBands, 9 * inputChannels]`; a row holds three runs of three bands, one for each time tap.
    private func gather(_ input: Matrix, history: [Float], steps: Int) -> Matrix {
        let channels = inputChannels
        let run = 3 * channels
        var patches = Matrix(zeros: steps * outputBands, 3 * run)
        patches.values.withUnsafeMutableBufferPointer { patches in
            input.values.withUnsafeBufferPointer { input in
                history.withUnsafeBufferPointer { history in
                    guard var target = patches.baseAddress, let rows = input.baseAddress, let first = history.baseAddress else { return }
                    for step in 0..<steps {
                        for band in 0..<outputBands {
                            for tap in 0..<3 {
                                let time = 2 * step + tap - 1
                                let row = time < 0 ? first : rows + time * inputWidth
                                // Bands 2b - 1 ... 2b + 1: the one before band 0 stays zero; an even number of bands never
                                // reaches past the last.
                                let skipped = band == 0 ? channels : 0
                                (target + skipped).update(from: row + (2 * band - 1) * channels + skipped, count: run - skipped)
                                target += run
                            }
                        }
                    }
                }
            }
        }
        return patches
    }

    private func normalizeAndRectify(_ values: UnsafeMutableBufferPointer<Float>) {
        let width = outputChannels
        normalization.withUnsafeBufferPointer { weight in
            guard let weight = weight.baseAddress, var row = values.baseAddress else { return }
            for _ in 0..<values.count / width {
                var sum: Float = 0
                for index in 0..<width { sum += row[index] }
                let mean = sum / Float(width)
                var squares: Float = 0
                for index in 0..<width { squares += (row[index] - mean) * (row[index] - mean) }
                let scale = 1 / (squares / Float(width) + epsilon).squareRoot()
                for index in 0..<width { row[index] = max(0, (row[index] - mean) * scale * weight[index]) }
                row += width
            }
        }
    }
}
