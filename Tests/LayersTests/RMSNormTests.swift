import Glibc
import Layers
import Tensors
import Testing

@Suite struct RMSNormTests {
    static func expected(_ x: ArraySlice<Float>, _ weight: [Float]?, epsilon: Double) -> [Float] {
        let scale = 1 / (x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.count) + epsilon).squareRoot()
        return x.enumerated().map { Float(Double($1) * scale * Double(weight?[$0] ?? 1)) }
    }

    static func worst(_ a: some Collection<Float>, _ b: [Float]) -> Float { zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } }

    @Test(arguments: [1, 5, 64, 1536], [Float(1e-6), 1e-2]) func `rows equal the formula in f64`(width: Int, epsilon: Float) {
        let x = RotaryEmbeddingTests.values(3, width)
        // A weight far from 1 would show an added 1.
        let weight = (0..<width).map { Float(cos(Double($0))) }
        for weight in [weight, nil] {
            let y = RMSNorm(width: width, weight: weight, epsilon: epsilon)(x)
            for r in 0..<3 { #expect(Self.worst(y.row(r), Self.expected(x.row(r), weight, epsilon: Double(epsilon))) <= 2e-6) }
        }
    }

    @Test func `heads are normalised alone`() {
        let x = RotaryEmbeddingTests.values(2, 4 * 24), weight = (0..<24).map { Float($0) / 8 }
        let y = RMSNorm(width: 24, weight: weight).heads(x, count: 4)
        for start in stride(from: 0, to: 192, by: 24) {
            #expect(Self.worst(y.values[start..<start + 24], Self.expected(x.values[start..<start + 24], weight, epsilon: 1e-6)) <= 5e-6)
        }
    }

    @Test func `epsilon keeps a silent row silent`() {
        #expect(RMSNorm(width: 8)(Matrix(zeros: 1, 8)) == Matrix(zeros: 1, 8))
    }
}
