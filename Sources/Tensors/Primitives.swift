import CKernels
import COpenBLAS

/// SIMD primitives over raw f32 memory, for loops over attention heads; single-threaded, safe to call from any thread.
public enum Primitives {
    /// `Σ a[i] b[i]` over `n` elements.
    public static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ n: Int) -> Float {
        Kernels.current.table.dot(a, b, n)
    }

    /// `into[r] = query . keys[r * stride ..< + width]` for `r < rows`.
    public static func scores(
        query: UnsafePointer<Float>, keys: UnsafePointer<Float>, stride: Int, rows: Int, width: Int,
        into: UnsafeMutablePointer<Float>
    ) {
        Kernels.current.table.scores(query, keys, stride, rows, width, into)
    }

    /// `into[j] += Σ_r weights[r] * values[r * stride + j]` for `j < width`.
    public static func accumulate(
        weights: UnsafePointer<Float>, values: UnsafePointer<Float>, stride: Int, rows: Int, width: Int,
        into: UnsafeMutablePointer<Float>
    ) {
        Kernels.current.table.accumulate(weights, values, stride, rows, width, into)
    }

    /// In place over `n` elements, the maximum subtracted first. A row of only `-inf` becomes NaN, as in the reference.
    public static func softmax(_ x: UnsafeMutablePointer<Float>, _ n: Int) {
        Kernels.current.table.softmax(x, n)
    }

    /// Pairs `(low[j], high[j])` turned by the angles of `(cosines[j], sines[j])`, `j < n`. The four must not overlap.
    public static func rotate(
        _ low: UnsafeMutablePointer<Float>, _ high: UnsafeMutablePointer<Float>,
        cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, _ n: Int
    ) {
        kernels_rotate(low, high, cosines, sines, n)
    }

    /// `c[m, n] = alpha * a[m, k] . (b[k, n], or b[n, k]ᵀ) + beta * c`, row-major with leading dimensions, on the calling thread.
    public static func gemm(
        _ a: UnsafePointer<Float>, lda: Int, _ b: UnsafePointer<Float>, ldb: Int,
        _ c: UnsafeMutablePointer<Float>, ldc: Int, m: Int, n: Int, k: Int,
        transposeB: Bool, alpha: Float = 1, beta: Float = 0
    ) {
        guard m > 0, n > 0 else { return }
        _ = singleThreadedBLAS
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
            blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
    }

    /// OpenBLAS must not start threads of its own: loops are shared out by `ThreadPool`, and the user's thread count holds.
    private static let singleThreadedBLAS: Void = openblas_set_num_threads(1)
}
