import Glibc
import Tensors
import Testing

@Suite struct OperationsTests {
    @Test func `rms norm over rows and over heads`() {
        var random = Seeded(40)
        let pool = ThreadPool(threads: 2)
        let x = random.matrix(300, 96), weight = random.gaussians(24)
        let heads = Operations.rmsNorm(x, groups: 4, weight: weight, epsilon: 1e-6)
        for start in stride(from: 0, to: x.values.count, by: 24) {
            let head = x.values[start..<start + 24]
            let scale = 1 / (head.reduce(0.0) { $0 + Double($1) * Double($1) } / 24 + 1e-6).squareRoot()
            #expect(worst(heads.values[start..<start + 24], zip(head, weight).map { Float(Double($0) * scale * Double($1)) }) <= 1e-5)
        }
        #expect(Operations.rmsNorm(x, groups: 4, weight: weight, epsilon: 1e-6, pool: pool) == heads)
        #expect(Operations.rmsNorm(x, weight: nil) == Operations.rmsNorm(x, weight: [Float](repeating: 1, count: 96)))
    }

    @Test func `a zero row normalises to zero`() {
        #expect(Operations.rmsNorm(Matrix(zeros: 2, 10), weight: nil) == Matrix(zeros: 2, 10))
    }

    @Test func `gated gelu equals its formula, on one thread and on several`() {
        var random = Seeded(41)
        let gate = random.matrix(200, 333), up = random.matrix(200, 333)
        let result = Operations.geluTanhGated(gate, up)
        let exact = zip(gate.values, up.values).map { g, u in
            let g = Double(g)
            return Float(0.5 * g * (1 + tanh(0.7978845608028654 * (g + 0.044715 * g * g * g))) * Double(u))
        }
        #expect(worst(result.values, exact) <= 3e-6)
        #expect(Operations.geluTanhGated(gate, up, pool: ThreadPool(threads: 3)) == result)
    }

    @Test func `elementwise operations`() {
        let x = Matrix(rows: 2, columns: 3, values: [-2, -1, 0, 1, 2, .nan])
        var clamped = x
        Operations.clampInPlace(&clamped, minimum: -1, maximum: 1.5)
        #expect(Array(clamped.values.prefix(5)) == [-1, -1, 0, 1, 1.5] && clamped.values[5].isNaN)
        var scaled = Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4])
        Operations.scaleInPlace(&scaled, by: 2)
        Operations.scaleColumnsInPlace(&scaled, by: [1, 10])
        Operations.addRowInPlace(&scaled, [100, 200])
        #expect(scaled.values == [102, 240, 106, 280])
        Operations.addInPlace(&scaled, Matrix(rows: 2, columns: 2, values: [1, 1, 1, 2]), factor: -2)
        #expect(scaled.values == [100, 238, 104, 276])
        Operations.multiplyInPlace(&scaled, Matrix(rows: 2, columns: 2, values: [0, 1, 2, 3]))
        #expect(scaled.values == [0, 238, 208, 828])
        #expect(Operations.add(scaled, scaled).values == [0, 476, 416, 1656])
    }

    @Test func `softmax works on each row alone`() {
        var x = Matrix(rows: 2, columns: 2, values: [0, 0, 5, 5 + log(3)])
        Operations.softmaxInPlace(&x)
        #expect(worst(x.values, [0.5, 0.5, 0.25, 0.75]) <= 1e-6)
    }

    @Test func `gemm with and without transposition`() {
        var random = Seeded(42)
        let (m, n, k) = (7, 5, 11)
        let a = random.matrix(m, k), b = random.matrix(n, k)
        var transposed = [Float](repeating: 0, count: k * n)
        for i in 0..<n { for j in 0..<k { transposed[j * n + i] = b.values[i * k + j] } }
        let exact = product(a, b.values, outputs: n)
        var c = [Float](repeating: 1, count: m * n)
        Primitives.gemm(a.values, lda: k, b.values, ldb: k, &c, ldc: n, m: m, n: n, k: k, transposeB: true)
        #expect(worst(c, exact) <= 1e-5)
        Primitives.gemm(a.values, lda: k, transposed, ldb: n, &c, ldc: n, m: m, n: n, k: k, transposeB: false, alpha: 2, beta: 1)
        #expect(worst(c, exact.map { 3 * $0 }) <= 3e-5)
    }
}
