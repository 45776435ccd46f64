import Layers
import Tensors

/// The rotary angles of one step for one attention kind: made once, used by all its layers.
struct RotaryAngles: Sendable {
    private let embedding: RotaryEmbedding
    private let all: RotaryEmbedding.Angles
    /// Of the rows that go on past the last producer, where those are fewer.
    private let tail: RotaryEmbedding.Angles

    init(_ embedding: RotaryEmbedding, first: Int64, count: Int, tail: Int) {
        self.embedding = embedding
        let positions = (0..<Int64(count)).map { first + $0 }
        all = embedding.angles(positions)
        self.tail = tail == count ? all : embedding.angles(positions.suffix(tail))
    }

    /// Rotates every head of `x` `[n, heads * head dimension]`: all rows of the step, or the tail.
    func rotate(_ x: inout Matrix) {
        embedding.apply(to: &x, heads: x.columns / embedding.headDimension, angles: x.rows == all.positions ? all : tail)
    }
}
