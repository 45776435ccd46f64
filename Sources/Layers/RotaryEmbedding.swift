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

    /// Turns every head of `x`, `[n, heads * headDimension]`, by its row's position.
    public func apply(to x: inout Matrix, heads: Int, positions: [Int64]) {
        precondition(x.columns == heads * headDimension, "\(x.columns) columns are not \(heads) heads of \(headDimension)")
        apply(to: &x, blockOffset: 0, blockStride: headDimension, blocks: heads, positions: positions)
    }

    /// Turns `blocks` blocks of `headDimension` columns in each row, block b starting at column
    /// `blockOffset + b * blockStride`: with stride 2 d and two calls, the axial rotation of a vision tower, whose heads
    /// are one block turned by x and one turned by y.
    public func apply(to x: inout Matrix, blockOffset: Int, blockStride: Int, blocks: Int, positions: [Int64]) {
        precondition(positions.count == x.rows, "\(positions.count) positions for \(x.rows) rows")
        precondition(blocks == 0 || blockOffset >= 0 && blockOffset + (blocks - 1) * blockStride + headDimension <= x.columns,
            "\(blocks) blocks of \(headDimension) every \(blockStride) from \(blockOffset) in \(x.columns) columns")
        let columns = x.columns, pairs = rotatedPairs, half = headDimension / 2
        x.values.withUnsafeMutableBufferPointer { x in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * pairs) { turn in
                for (r, position) in positions.enumerated() {
                    for j in 0..<pairs {
                        let angle = Double(position) * frequencies[j]
                        turn[j] = Float(cos(angle))
                        turn[pairs + j] = Float(sin(angle))
                    }
                    for b in 0..<blocks {
                        let start = r * columns + blockOffset + b * blockStride
                        for j in 0..<pairs {
                            let low = x[start + j], high = x[start + half + j]
                            x[start + j] = low * turn[j] - high * turn[pairs + j]
                            x[start + half + j] = high * turn[j] + low * turn[pairs + j]
                        }
                    }
                }
            }
        }
    }
}
