import CKernels

/// Whole-matrix operations; a row is a token. Those that take a `pool` use its threads when there is enough to do.
public enum Operations {
    /// `x / sqrt(mean(x²) + epsilon) * weight`, each row over all its columns.
    public static func rmsNorm(_ x: Matrix, weight: [Float]?, epsilon: Float = 1e-6, pool: ThreadPool? = nil) -> Matrix {
        rmsNorm(x, groups: 1, weight: weight, epsilon: epsilon, pool: pool)
    }

    /// The same with each row cut into `groups` (heads) that are normalised alone; `weight` is `[columns / groups]`.
    public static func rmsNorm(
        _ x: Matrix, groups: Int, weight: [Float]?, epsilon: Float = 1e-6, pool: ThreadPool? = nil
    ) -> Matrix {
        precondition(groups > 0 && x.columns % groups == 0, "\(x.columns) columns in \(groups) groups")
        let width = x.columns / groups
        precondition(weight == nil || weight!.count == width, "a weight of \(weight?.count ?? 0) for groups of \(width)")
        guard width > 0 else { return x }
        return made(rows: x.rows, columns: x.columns, pool: pool, unit: width) { out, part in
            let normalise = Kernels.current.table.rms_norm!
            x.values.withUnsafeBufferPointer { x in
                func run(_ weight: UnsafePointer<Float>?) {
                    for start in stride(from: part.lowerBound, to: part.upperBound, by: width) {
                        normalise(x.baseAddress! + start, weight, epsilon, width, out + start)
                    }
                }
                if let weight { weight.withUnsafeBufferPointer { run($0.baseAddress) } } else { run(nil) }
            }
        }
    }

    /// `gelu_tanh(gate) * up`, elementwise.
    public static func geluTanhGated(_ gate: Matrix, _ up: Matrix, pool: ThreadPool? = nil) -> Matrix {
        precondition(
            gate.rows == up.rows && gate.columns == up.columns,
            "gate [\(gate.rows), \(gate.columns)], up [\(up.rows), \(up.columns)]")
        return made(rows: gate.rows, columns: gate.columns, pool: pool, unit: 1) { out, part in
            gate.values.withUnsafeBufferPointer { gate in
                up.values.withUnsafeBufferPointer { up in
                    let first = part.lowerBound
                    Kernels.current.table.gelu_gate(gate.baseAddress! + first, up.baseAddress! + first, part.count, out + first)
                }
            }
        }
    }

    /// `x/2 (1 + tanh(sqrt(2/π) (x + 0.044715 x³)))`.
    public static func geluTanhInPlace(_ x: inout Matrix) {
        elementwise(&x) { Kernels.current.table.gelu($0, $1) }
    }

    /// `x / (1 + exp(-x))`.
    public static func siluInPlace(_ x: inout Matrix) {
        elementwise(&x) { Kernels.current.table.silu($0, $1) }
    }

    /// `1 / (1 + exp(-x))`.
    public static func sigmoidInPlace(_ x: inout Matrix) {
        elementwise(&x) { Kernels.current.table.sigmoid($0, $1) }
    }

    /// `cap * tanh(x / cap)`.
    public static func softcapInPlace(_ x: inout Matrix, cap: Float) {
        elementwise(&x) { Kernels.current.table.softcap($0, $1, cap) }
    }

    /// The same on a vector (logits).
    public static func softcapInPlace(_ x: inout [Float], cap: Float) {
        x.withUnsafeMutableBufferPointer { x in
            if let base = x.baseAddress { Kernels.current.table.softcap(base, x.count, cap) }
        }
    }

    /// Each row's softmax.
    public static func softmaxInPlace(_ x: inout Matrix) {
        let columns = x.columns
        elementwise(&x) { base, count in
            guard columns > 0 else { return }
            for start in stride(from: 0, to: count, by: columns) { Kernels.current.table.softmax(base + start, columns) }
        }
    }

    /// NaN stays NaN.
    public static func clampInPlace(_ x: inout Matrix, minimum: Float, maximum: Float) {
        elementwise(&x) { kernels_clamp($0, $1, minimum, maximum) }
    }

    public static func scaleInPlace(_ x: inout Matrix, by factor: Float) {
        elementwise(&x) { kernels_scale($0, $1, factor) }
    }

    /// Multiplies column j by `factors[j]`.
    public static func scaleColumnsInPlace(_ x: inout Matrix, by factors: [Float]) {
        precondition(factors.count == x.columns, "\(factors.count) factors for \(x.columns) columns")
        let (rows, columns) = (x.rows, x.columns)
        elementwise(&x) { base, _ in kernels_scale_columns(base, rows, columns, factors) }
    }

    /// Adds `bias[j]` to column j.
    public static func addRowInPlace(_ x: inout Matrix, _ bias: [Float]) {
        precondition(bias.count == x.columns, "\(bias.count) biases for \(x.columns) columns")
        let (rows, columns) = (x.rows, x.columns)
        elementwise(&x) { base, _ in kernels_add_to_rows(base, rows, columns, bias) }
    }

    /// `x += factor * y`.
    public static func addInPlace(_ x: inout Matrix, _ y: Matrix, factor: Float = 1) {
        combine(&x, y) { kernels_add_scaled($0, $1, $2, factor) }
    }

    /// `x * y`, elementwise.
    public static func multiplyInPlace(_ x: inout Matrix, _ y: Matrix) {
        combine(&x, y) { kernels_multiply($0, $1, $2) }
    }

    public static func add(_ x: Matrix, _ y: Matrix) -> Matrix {
        var out = x
        addInPlace(&out, y)
        return out
    }

    /// A matrix whose values `body` writes, in ranges of whole units (values); `body` must write all of its range.
    private static func made(
        rows: Int, columns: Int, pool: ThreadPool?, unit: Int, _ body: @Sendable (UnsafeMutablePointer<Float>, Range<Int>) -> Void
    ) -> Matrix {
        let values = [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            count = rows * columns
            guard count > 0 else { return }
            // Shared by the workers: each writes its own range. Not nil, for count > 0.
            nonisolated(unsafe) let out = buffer.baseAddress!
            // 16 384 values take 5 µs or so: less is not worth another thread.
            guard let pool else { return body(out, 0..<count) }
            pool.parallel(count / unit, grain: max(1, 16_384 / unit)) { body(out, $0.lowerBound * unit..<$0.upperBound * unit) }
        }
        return Matrix(rows: rows, columns: columns, values: values)
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
