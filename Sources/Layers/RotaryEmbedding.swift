import Glibc
public import Tensors

/// Rotary position embedding (Su et al. 2021) in the rotate-half convention: pair j of a head is dimensions
/// `(j, j + headDimension/2)`, turned by `position * theta^(-2j / headDimension)`.
///
/// Only the first `rotatedPairs` pairs turn; the others are left alone. That is Gemma 4's "proportional" kind (full
/// attention layers: a quarter of the pairs), whose exponent still divides by the whole head dimension.
/// Angles are computed in f64, so that positions far beyond the trained range stay exact differences.
public struct RotaryEmbedding: Sendable {
    public let headDimension: Int
    public let rotatedPairs: Int
    /// Radians a position, `[rotatedPairs]`.
    private let frequencies: [Double]

    /// - Parameter rotatedPairs: nil rotates all `headDimension / 2` pairs.
    public init(headDimension: Int, theta: Double, rotatedPairs: Int? = nil) {
        let pairs = rotatedPairs ?? headDimension / 2
        precondition(headDimension % 2 == 0 && pairs >= 0 && pairs <= headDimension / 2, "\(pairs) pairs of \(headDimension) dimensions")
        self.headDimension = headDimension
        self.rotatedPairs = pairs
        frequencies = (0..<pairs).map { pow(theta, -2 * Double($0) / Double(headDimension)) }
    }

    /// The sines and cosines of a run of positions: made once, used by every layer and by queries and keys alike.
    public struct Angles: Sendable {
        public let positions: Int
        fileprivate let pairs: Int
        /// `[positions][2][pairs]`: cosines, then sines.
        fileprivate let turns: [Float]
    }

    public func angles(_ positions: [Int64]) -> Angles {
        var turns: [Float] = []
        turns.reserveCapacity(positions.count * 2 * rotatedPairs)
        for position in positions {
            for frequency in frequencies { turns.append(Float(cos(Double(position) * frequency))) }
            for frequency in frequencies { turns.append(Float(sin(Double(position) * frequency))) }
        }
        return Angles(positions: positions.count, pairs: rotatedPairs, turns: turns)
    }

    /// Turns every head of `x`, `[n, heads * headDimension]`, by its row's position.
    public func apply(to x: inout Matrix, heads: Int, positions: [Int64]) {
        apply(to: &x, heads: heads, angles: angles(positions))
    }

    /// The same with angles made before by this embedding.
    public func apply(to x: inout Matrix, heads: Int, angles: Angles) {
        precondition(x.columns == heads * headDimension, "\(x.columns) columns are not \(heads) heads of \(headDimension)")
        apply(to: &x, blockOffset: 0, blockStride: headDimension, blocks: heads, angles: angles)
    }

    /// Turns `blocks` blocks of `headDimension` columns in each row, block b starting at column
    /// `blockOffset + b * blockStride`: with stride 2 d and two calls, the axial rotation of a vision tower, whose heads
    /// are one block turned by x and one turned by y.
    public func apply(to x: inout Matrix, blockOffset: Int, blockStride: Int, blocks: Int, positions: [Int64]) {
        apply(to: &x, blockOffset: blockOffset, blockStride: blockStride, blocks: blocks, angles: angles(positions))
    }

    public func apply(to x: inout Matrix, blockOffset: Int, blockStride: Int, blocks: Int, angles: Angles) {
        precondition(angles.positions == x.rows, "\(angles.positions) positions for \(x.rows) rows")
        precondition(angles.pairs == rotatedPairs, "angles of \(angles.pairs) pairs for \(rotatedPairs)")
        precondition(
            blocks == 0 || blockOffset >= 0 && blockOffset + (blocks - 1) * blockStride + headDimension <= x.columns,
            "\(blocks) blocks of \(headDimension) every \(blockStride) from \(blockOffset) in \(x.columns) columns")
        let rows = x.rows, columns = x.columns, pairs = rotatedPairs, half = headDimension / 2
        x.values.withUnsafeMutableBufferPointer { x in
            angles.turns.withUnsafeBufferPointer { turns in
                guard pairs > 0, let base = x.baseAddress, let turns = turns.baseAddress else { return }
                for r in 0..<rows {
                    let cosines = turns + r * 2 * pairs, sines = cosines + pairs
                    for b in 0..<blocks {
                        let low = base + r * columns + blockOffset + b * blockStride
                        Primitives.rotate(low, low + half, cosines: cosines, sines: sines, pairs)
                    }
                }
            }
        }
    }
}
