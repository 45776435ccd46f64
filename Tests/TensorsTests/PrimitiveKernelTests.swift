import CKernels
import Glibc
import Tensors
import Testing

/// Every path of every vector kernel against the scalar reference or a formula in f64, at lengths with all tails.
@Suite struct PrimitiveKernelTests {
    /// About 1e-40.
    static let denormal = Float(bitPattern: 71362)
    static let lengths = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 256, 511, 1000]

    @Test(arguments: KernelPath.all) func `dot equals f64`(path: KernelPath) {
        var random = Seeded(1)
        for n in Self.lengths {
            let a = random.gaussians(n), b = random.gaussians(n)
            let exact = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(path.table.dot(a, b, n) - Float(exact)) <= 1e-6 * Float(max(n, 1)), "length \(n)")
        }
    }

    @Test(arguments: KernelPath.all) func `scores and accumulate equal the reference`(path: KernelPath) throws {
        var random = Seeded(2)
        for width in Self.lengths where width > 0 {
            for rows in [0, 1, 2, 3, 4, 5, 9] {
                let stride = width + Int.random(in: 0...5, using: &random)
                let query = random.gaussians(width), keys = random.gaussians(max(rows, 1) * stride), weights = random.gaussians(rows)
                let zeros = [Float](repeating: 0, count: rows), start = random.gaussians(width)
                let scores = try #require(guarded(zeros) { path.table.scores(query, keys, stride, rows, width, $0) })
                let expected = try #require(guarded(zeros) { KernelPath.reference.scores(query, keys, stride, rows, width, $0) })
                #expect(worst(scores, expected) <= 1e-6 * Float(width), "\(rows) rows of \(width)")
                let sums = try #require(guarded(start) { path.table.accumulate(weights, keys, stride, rows, width, $0) })
                let expectedSums = try #require(guarded(start) { KernelPath.reference.accumulate(weights, keys, stride, rows, width, $0) })
                #expect(worst(sums, expectedSums) <= 2e-6 * Float(rows + 1), "\(rows) rows of \(width)")
            }
        }
    }

    @Test(arguments: KernelPath.all) func `softmax sums to one and equals the formula`(path: KernelPath) throws {
        var random = Seeded(3)
        for n in Self.lengths where n > 0 {
            let x = random.gaussians(n).map { $0 * 8 }
            let result = try #require(guarded(x) { path.table.softmax($0, n) })
            let top = x.max()!, exponentials = x.map { exp(Double($0 - top)) }, sum = exponentials.reduce(0, +)
            #expect(worst(result, exponentials.map { Float($0 / sum) }) <= 1e-6, "length \(n)")
        }
    }

    @Test(arguments: KernelPath.all) func `softmax leaves masked places exactly zero`(path: KernelPath) throws {
        for n in [2, 8, 9, 31] {
            var x = [Float](repeating: -.infinity, count: n)
            x[n / 2] = 1000
            var expected = [Float](repeating: 0, count: n)
            expected[n / 2] = 1
            #expect(try #require(guarded(x) { path.table.softmax($0, n) }) == expected)
        }
    }

    @Test(arguments: KernelPath.all) func `rms norm equals the formula`(path: KernelPath) throws {
        var random = Seeded(4)
        for n in Self.lengths where n > 0 {
            let x = random.gaussians(n), weight = random.gaussians(n)
            let scale = 1 / (x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(n) + 1e-6).squareRoot()
            let plain = try #require(guarded(x) { path.table.rms_norm(x, nil, 1e-6, n, $0) })
            #expect(worst(plain, x.map { Float(Double($0) * scale) }) <= 3e-6, "length \(n)")
            let weighted = try #require(guarded(x) { path.table.rms_norm($0, weight, 1e-6, n, $0) })
            #expect(worst(weighted, zip(x, weight).map { Float(Double($0) * scale * Double($1)) }) <= 1e-5, "length \(n)")
        }
    }

    /// A curve with its exact value, and how far from it a kernel may be, relative to the value (or to `floor`).
    struct Curve: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kernel: @Sendable (kernels_table, UnsafeMutablePointer<Float>, Int) -> Void
        let exact: @Sendable (Double) -> Double
        let range: ClosedRange<Float>
        let floor: Double
    }

    static let curves = [
        Curve(testDescription: "exp", kernel: { $0.exponential($1, $2) }, exact: { exp($0) }, range: -87...88.7, floor: 0),
        Curve(testDescription: "sigmoid", kernel: { $0.sigmoid($1, $2) }, exact: { 1 / (1 + exp(-$0)) }, range: -80...80, floor: 0),
        Curve(testDescription: "silu", kernel: { $0.silu($1, $2) }, exact: { $0 / (1 + exp(-$0)) }, range: -80...80, floor: 1e-30),
        Curve(
            testDescription: "30 tanh(x/30)", kernel: { $0.softcap($1, $2, 30) }, exact: { 30 * tanh($0 / 30) }, range: -400...400,
            floor: 1e-30),
        // The textbook form, which the reference uses, cancels below -3: its own error there is 1e-7 |x|.
        Curve(
            testDescription: "gelu_tanh", kernel: { $0.gelu($1, $2) },
            exact: { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }, range: -12...12, floor: 1),
    ]

    @Test(arguments: KernelPath.all, curves) func `curves are within 1e-6 of their value`(path: KernelPath, curve: Curve) throws {
        var random = Seeded(5)
        for n in Self.lengths where n > 0 {
            let x = (0..<n).map { _ in Float.random(in: curve.range, using: &random) }
            let result = try #require(guarded(x) { curve.kernel(path.table, $0, n) })
            for (x, y) in zip(x, result) {
                let exact = curve.exact(Double(x))
                #expect(abs(Double(y) - exact) <= 1e-6 * max(abs(exact), curve.floor), "at \(x): \(y), not \(exact)")
            }
        }
    }

    @Test(arguments: KernelPath.all) func `gated gelu is gelu times up`(path: KernelPath) throws {
        var random = Seeded(6)
        for n in Self.lengths where n > 0 {
            let gate = random.gaussians(n).map { $0 * 3 }, up = random.gaussians(n)
            let result = try #require(guarded(gate) { path.table.gelu_gate(gate, up, n, $0) })
            let gelu = try #require(guarded(gate) { path.table.gelu($0, n) })
            #expect(result == zip(gelu, up).map { $0 * $1 })
        }
    }

    @Test(arguments: KernelPath.all) func `limits of the exponential`(path: KernelPath) throws {
        let x: [Float] = [-.infinity, -1000, -104, -100, -88, 0, 89, 1000, .infinity, .nan, -0.0, Self.denormal]
        let result = try #require(guarded(x) { path.table.exponential($0, x.count) })
        #expect(
            worst(result, [0, 0, 0, Float(exp(-100.0)), Float(exp(-88.0)), 1, .infinity, .infinity, .infinity, .nan, 1, 1]) <= 2
                * .leastNonzeroMagnitude)
    }

    @Test(arguments: KernelPath.all) func `limits of the other curves`(path: KernelPath) throws {
        let x: [Float] = [-.infinity, -1000, 0, 1000, .infinity, .nan, Self.denormal]
        #expect(worst(try #require(guarded(x) { path.table.sigmoid($0, x.count) }), [0, 0, 0.5, 1, 1, .nan, 0.5]) == 0)
        #expect(
            worst(try #require(guarded(x) { path.table.softcap($0, x.count, 30) }), [-30, -30, 0, 30, 30, .nan, Self.denormal]) <= 30
                * .leastNonzeroMagnitude)
        let finite: [Float] = [-1000, 0, 1000, .nan]
        #expect(worst(try #require(guarded(finite) { path.table.silu($0, finite.count) }), [0, 0, 1000, .nan]) == 0)
        #expect(worst(try #require(guarded(finite) { path.table.gelu($0, finite.count) }), [0, 0, 1000, .nan]) == 0)
    }
}
