import CKernels
import Tensors
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Nearly gaussian: mean 0, variance 1, at most ±3.5; the sum of four uniform 16-bit numbers.
    mutating func gaussian() -> Float {
        let bits = next()
        let sum = bits & 0xffff + bits >> 16 & 0xffff + bits >> 32 & 0xffff + bits >> 48
        return (Float(sum) / 65536 - 2) * 1.7320508
    }

    mutating func gaussians(_ count: Int) -> [Float] { (0..<count).map { _ in gaussian() } }

    mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
        Matrix(rows: rows, columns: columns, values: gaussians(rows * columns))
    }
}

/// A table of kernels as a test argument; the name says which.
struct KernelPath: Sendable, CustomTestStringConvertible {
    let path: Kernels.Path
    var testDescription: String { path.rawValue }

    var table: kernels_table {
        let code: [Kernels.Path: kernels_path] = [.scalar: KERNELS_SCALAR, .avx2: KERNELS_AVX2, .vnni: KERNELS_VNNI, .neon: KERNELS_NEON]
        return kernels_table_for(code[path]!).pointee
    }

    /// All that this processor can run, the reference included: its own results are compared with formulas.
    static let all = Kernels.available.map(KernelPath.init)
    static let reference = KernelPath(path: .scalar).table
}

/// The largest difference, as a share of `scale`; infinite where one is NaN and the other is not.
func worst(_ a: some Collection<Float>, _ b: some Collection<Float>, scale: Float = 1) -> Float {
    precondition(a.count == b.count)
    return zip(a, b).reduce(0) { worst, pair in
        if pair.0 == pair.1 || pair.0.isNaN && pair.1.isNaN { return worst }
        let difference = abs(pair.0 - pair.1) / scale
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

/// `x . wᵀ` in f64.
func product(_ x: Matrix, _ weights: [Float], outputs: Int) -> [Float] {
    let inputs = x.columns
    return x.values.withUnsafeBufferPointer { x in
        weights.withUnsafeBufferPointer { w in
            (0..<(inputs == 0 ? 0 : x.count / inputs)).flatMap { c in
                (0..<outputs).map { r in
                    var sum = 0.0
                    for i in 0..<inputs { sum += Double(x[c * inputs + i]) * Double(w[r * inputs + i]) }
                    return Float(sum)
                }
            }
        }
    }
}

/// Runs `body` on memory for `count` floats with marks behind it, and returns the floats; nil if a mark was overwritten.
func guarded(_ initial: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float]? {
    let marks = [Float](repeating: 12345.678, count: 16)
    var memory = initial + marks
    memory.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    return Array(memory.suffix(16)) == marks ? Array(memory.prefix(initial.count)) : nil
}
