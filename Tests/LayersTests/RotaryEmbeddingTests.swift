import Glibc
import Layers
import Tensors
import Testing

@Suite struct RotaryEmbeddingTests {
    static func values(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { Float(sin(Double($0) * 1.7 + 0.3)) })
    }

    /// Pair (j, j + d/2) turned by position * theta^(-2j/d), in f64.
    static func turned(_ x: Matrix, heads: Int, pairs: Int, theta: Double, positions: [Int64]) -> [Float] {
        let d = x.columns / heads
        var out = x.values
        for r in 0..<x.rows {
            for h in 0..<heads {
                for j in 0..<pairs {
                    let angle = Double(positions[r]) * pow(theta, -2 * Double(j) / Double(d))
                    let low = r * x.columns + h * d + j, high = low + d / 2
                    let (a, b) = (Double(x.values[low]), Double(x.values[high]))
                    out[low] = Float(a * cos(angle) - b * sin(angle))
                    out[high] = Float(b * cos(angle) + a * sin(angle))
                }
            }
        }
        return out
    }

    static func worst(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }

    @Test(arguments: [(256, 128, 1e4), (512, 64, 1e6), (16, 8, 100), (6, 0, 1e4), (2, 1, 1e4)])
    func `every head equals the formula in f64`(dimension: Int, pairs: Int, theta: Double) {
        let positions: [Int64] = [0, 1, 2, 511, 131_071, 10_000_000_000]
        let x = Self.values(positions.count, 3 * dimension)
        let rope = RotaryEmbedding(headDimension: dimension, theta: theta, rotatedPairs: pairs)
        var y = x
        rope.apply(to: &y, heads: 3, positions: positions)
        #expect(Self.worst(y.values, Self.turned(x, heads: 3, pairs: pairs, theta: theta, positions: positions)) <= 3e-7)
        var z = x
        rope.apply(to: &z, heads: 3, angles: rope.angles(positions))
        #expect(z == y)
    }

    @Test func `all pairs turn unless told otherwise`() {
        let x = Self.values(2, 32)
        var all = x, named = x
        RotaryEmbedding(headDimension: 16, theta: 1e4).apply(to: &all, heads: 2, positions: [3, 4])
        RotaryEmbedding(headDimension: 16, theta: 1e4, rotatedPairs: 8).apply(to: &named, heads: 2, positions: [3, 4])
        #expect(all == named && all != x)
    }

    @Test func `pairs beyond the rotated ones are left alone, bit for bit`() {
        let x = Self.values(4, 512)
        var y = x
        RotaryEmbedding(headDimension: 512, theta: 1e6, rotatedPairs: 64).apply(to: &y, heads: 1, positions: [5, 6, 7, 8])
        for r in 0..<4 {
            for j in 0..<256 {
                let low = r * 512 + j
                let changed = y.values[low] != x.values[low] && y.values[low + 256] != x.values[low + 256]
                #expect(changed == (j < 64), "pair \(j) of row \(r)")
            }
        }
    }

    @Test func `scores depend on differences of positions only`() {
        let rope = RotaryEmbedding(headDimension: 64, theta: 1e4)
        func score(_ a: Int64, _ b: Int64) -> Float {
            var x = Self.values(2, 64)
            rope.apply(to: &x, heads: 1, positions: [a, b])
            return zip(x.row(0), x.row(1)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let near = score(3, 10)
        #expect(abs(score(1_000_003, 1_000_010) - near) <= 2e-5)
        // Two years of a stream at 100 tokens a second.
        #expect(abs(score(6_000_000_003, 6_000_000_010) - near) <= 2e-5)
        #expect(abs(score(3, 11) - near) > 1e-3)
    }

    @Test func `turning forth and back gives the vector back`() {
        let x = Self.values(3, 48)
        var y = x
        let rope = RotaryEmbedding(headDimension: 16, theta: 1e4)
        rope.apply(to: &y, heads: 3, positions: [7, 70, 700])
        rope.apply(to: &y, heads: 3, positions: [-7, -70, -700])
        #expect(Self.worst(y.values, x.values) <= 5e-7)
    }

    /// GEMMA's vision tower: dimensions 0..<32 of a head of 64 turn with x, 32..<64 with y; pairs (j, j + 16) inside each.
    @Test func `blocks give the axial rotation of a vision tower`() {
        let x = Self.values(4, 128), columns: [Int64] = [0, 1, 2, 9], rows: [Int64] = [4, 0, 3, 1]
        let rope = RotaryEmbedding(headDimension: 32, theta: 100)
        var y = x
        rope.apply(to: &y, blockOffset: 0, blockStride: 64, blocks: 2, positions: columns)
        rope.apply(to: &y, blockOffset: 32, blockStride: 64, blocks: 2, positions: rows)
        for r in 0..<4 {
            for head in 0..<2 {
                for (offset, position) in [(0, columns[r]), (32, rows[r])] {
                    let start = r * 128 + head * 64 + offset
                    let block = Matrix(rows: 1, columns: 32, values: Array(x.values[start..<start + 32]))
                    let expected = Self.turned(block, heads: 1, pairs: 16, theta: 100, positions: [position])
                    #expect(Self.worst(Array(y.values[start..<start + 32]), expected) <= 3e-7)
                }
            }
        }
    }
}
