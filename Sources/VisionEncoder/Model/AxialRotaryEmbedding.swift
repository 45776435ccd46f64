import Layers
import Tensors

/// Rotary position embedding in two dimensions: the first half of every head turns with the patch's column, the second with its row.
///
/// Within each half of width h, the pairs (j, j + h/2) rotate by position * theta^(-2j/h).
/// Source: `Gemma4VisionRotaryEmbedding`, transformers 5.23.
struct AxialRotaryEmbedding: Sendable {
    private let headDimension: Int
    private let heads: Int
    private let half: RotaryEmbedding

    init(heads: Int, headDimension: Int, theta: Double) {
        self.heads = heads
        self.headDimension = headDimension
        half = RotaryEmbedding(headDimension: headDimension / 2, theta: theta)
    }

    /// Rotates every head of every row in place.
    /// - Parameters:
    ///   - x: [rows, heads * headDimension]
    ///   - patches: the patch index of each row.
    ///   - columns: patches a row of the picture.
    func apply(to x: inout Matrix, patches: some Sequence<Int>, columns: Int) {
        let positions = patches.map { $0.quotientAndRemainder(dividingBy: columns) }
        half.apply(
            to: &x, blockOffset: 0, blockStride: headDimension, blocks: heads, positions: positions.map { Int64($0.remainder) })
        half.apply(
            to: &x, blockOffset: headDimension / 2, blockStride: headDimension, blocks: heads,
            positions: positions.map { Int64($0.quotient) })
    }
}
