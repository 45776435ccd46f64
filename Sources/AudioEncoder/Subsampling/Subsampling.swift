import Checkpoint
import Layers
import Tensors

/// Four mel frames to one token: two strided convolutions and a linear.
///
/// Token t reads mel frames 4t - 3 ... 4t + 3. Frames enter in whole groups of four, so each convolution keeps exactly one
/// row of history.
struct Subsampling: Sendable {
    static let framesPerToken = 4

    struct State: Sendable {
        fileprivate var firstHistory: [Float]
        fileprivate var secondHistory: [Float]

        var floatCount: Int { firstHistory.count + secondHistory.count }
    }

    private let first: StridedConvolution
    private let second: StridedConvolution
    private let projection: Linear

    init(_ scope: WeightScope, _ configuration: AudioConfiguration) throws(CheckpointError) {
        let channels = configuration.subsamplingChannels
        first = try StridedConvolution(
            scope.scope("layer0"), inputChannels: 1, outputChannels: channels[0],
            inputBands: LogMelSpectrogram.binCount, epsilon: configuration.rmsNormEpsilon)
        second = try StridedConvolution(
            scope.scope("layer1"), inputChannels: channels[0], outputChannels: channels[1],
            inputBands: first.outputBands, epsilon: configuration.rmsNormEpsilon)
        projection = try Linear(scope, "input_proj_linear", inputs: second.outputWidth, outputs: configuration.hiddenSize)
    }

    func makeState() -> State {
        // Zeros: the padding before the first frame.
        State(
            firstHistory: [Float](repeating: 0, count: first.inputWidth),
            secondHistory: [Float](repeating: 0, count: second.inputWidth))
    }

    /// `[4n, 128]` to `[n, hidden]`.
    ///
    /// - Parameter validFrames: the frames that carry audio. Fewer than `mel.rows` only when the clip ends: the reference
    ///   zeroes what is past the end before *each* convolution, so a row of the first one that belongs to no valid frame
    ///   is zero even where its taps reach a valid one.
    func callAsFunction(_ mel: Matrix, validFrames: Int, state: inout State) -> Matrix {
        var rows = first(mel, history: &state.firstHistory)
        let validRows = (validFrames + 1) / 2
        if validRows < rows.rows {
            rows = rows.rows(0..<validRows)
            rows.append(Matrix(zeros: mel.rows / 2 - validRows, first.outputWidth))
        }
        return projection(second(rows, history: &state.secondHistory))
    }
}
