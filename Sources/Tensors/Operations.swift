import CKernels

/// Whole-matrix operations; a row is a token.
public enum Operations {
    /// `x / sqrt(mean(x²) + epsilon) * weight`, each row over all its columns.
    public static func rmsNorm(_ x: Matrix, weight: [Float]?, epsilon: Float = 1e-6) -> Matrix {
        rmsNorm(x, groups: 1, weight: weight, epsilon: epsilon)
    }

    /// The same with each row cut into `groups` (heads) that are normalised alone; `weight` is `[columns / groups]`.
    public static func rmsNorm(_ x: Matrix, groups: Int, weight: [Float]?, epsilon: Float = 1e-6) -> Matrix {
        precondition(groups > 0 && x.columns % groups == 0, "\(x.columns) columns in \(groups) groups")
        let width = x.columns / groups
        precondition(weight == nil || weight!.count == width, "a weight of \(weight?.count ?? 0) for groups of \(width)")
        let kernels = kernels_current()!
        var out = x
        out.values.withUnsafeMutableBufferPointer { out in
            guard let base = out.baseAddress, width > 0 else { return }
            func normalise(_ weight: UnsafePointer<Float>?) {
                for start in stride(from: 0, to: out.count, by: width) {
                    kernels.pointee.rms_norm(base + start, weight, epsilon, width, base + start)
                }
            }
            if let weight { weight.withUnsafeBufferPointer { normalise($0.baseAddress) } } else { normalise(nil) }
        }
        return out
    }

    /// `gelu_tanh(gate) * up`, elementwise.
    public static func geluTanhGated(_ gate: Matrix, _ up: Matrix) -> Matrix {
        precondition(gate.rows == up.rows && gate.columns == up.columns, "gate and up differ in shape")
        var out = gate
        up.values.withUnsafeBufferPointer { up in
            out.values.withUnsafeMutableBufferPointer { out in
                guard let base = out.baseAddress else { return }
                kernels_current()!.pointee.gelu_gate(base, up.baseAddress!, out.count, base)
            }
        }
        return out
    }

    /// `x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))`.
    public static func geluTanhInPlace(_ x: inout Matrix) {
        elementwise(&x) { kernels_current()!.pointee.gelu($0, $1) }
    }

    /// `x / (1 + exp(-x))`.
    public static func siluInPlace(_ x: inout Matrix) {
        elementwise(&x) { kernels_current()!.pointee.silu($0, $1) }
    }

    /// `1 / (1 + exp(-x))`.
    public static func sigmoidInPlace(_ x: inout Matrix) {
        elementwise(&x) { kernels_current()!.pointee.sigmoid($0, $1) }
    }

    /// `cap * tanh(x / cap)`.
    public static func softcapInPlace(_ x: inout Matrix, cap: Float) {
        elementwise(&x) { kernels_current()!.pointee.softcap($0, $1, cap) }
    }

    /// The same on a vector (logits).
    public static func softcapInPlace(_ x: inout [Float], cap: Float) {
        x.withUnsafeMutableBufferPointer { x in
            if let base = x.baseAddress { kernels_current()!.pointee.softcap(base, x.count, cap) }
        }
    }

    /// Each row's softmax.
    public static func softmaxInPlace(_ x: inout Matrix) {
        let columns = x.columns
        elementwise(&x) { base, count in
            guard columns > 0 else { return }
            for start in stride(from: 0, to: count, by: columns) { kernels_current()!.pointee.softmax(base + start, columns) }
        }
    }

    public static func clampInPlace(_ x: inout Matrix, minimum: Float, maximum: Float) {
        elementwise(&x) { base, count in
            // Written so that NaN stays NaN.
            for i in 0..<count { base[i] = base[i] < minimum ? minimum : base[i] > maximum ? maximum : base[i] }
        }
    }

    public static func scaleInPlace(_ x: inout Matrix, by factor: Float) {
        elementwise(&x) { base, count in for i in 0..<count { base[i] *= factor } }
    }

    /// Multiplies column j by `factors[j]`.
    public static func scaleColumnsInPlace(_ x: inout Matrix, by factors: [Float]) {
        precondition(factors.count == x.columns, "\(factors.count) factors for \(x.columns) columns")
        let columns = x.columns
        elementwise(&x) { base, count in
            factors.withUnsafeBufferPointer { factors in
                var start = 0
                while start < count {
                    for j in 0..<columns { base[start + j] *= factors[j] }
                    start += columns
                }
            }
        }
    }

    /// Adds `bias[j]` to column j.
    public static func addRowInPlace(_ x: inout Matrix, _ bias: [Float]) {
        precondition(bias.count == x.columns, "\(bias.count) biases for \(x.columns) columns")
        let columns = x.columns
        elementwise(&x) { base, count in
            bias.withUnsafeBufferPointer { bias in
                var start = 0
                while start < count {
                    for j in 0..<columns { base[start + j] += bias[j] }
                    start += columns
                }
            }
        }
    }

    /// `x += factor * y`.
    public static func addInPlace(_ x: inout Matrix, _ y: Matrix, factor: Float = 1) {
        combine(&x, y) { x, y, count in for i in 0..<count { x[i] += factor * y[i] } }
    }

    /// `x * y`, elementwise.
    public static func multiplyInPlace(_ x: inout Matrix, _ y: Matrix) {
        combine(&x, y) { x, y, count in for i in 0..<count { x[i] *= y[i] } }
    }

    public static func add(_ x: Matrix, _ y: Matrix) -> Matrix {
        var out = x
        addInPlace(&out, y)
        return out
    }

    private static func elementwise(_ x: inout Matrix, _ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
        x.values.withUnsafeMutableBufferPointer { x in
            if let base = x.baseAddress { body(base, x.count) }
        }
    }

    private static func combine(_ x: inout Matrix, _ y: Matrix, _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void) {
        precondition(x.rows == y.rows && x.columns == y.columns, "[\(x.rows), \(x.columns)] with [\(y.rows), \(y.columns)]")
        elementwise(&x) { base, count in
            y.values.withUnsafeBufferPointer { body(base, $0.baseAddress!, count) }
        }
    }
}
