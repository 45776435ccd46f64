import Tensors

/// Attention of any number of query rows over all keys: softmax(q . k) v, scale 1, no mask, no softcap.
///
/// Work is cut into (head, block of queries) items of fixed size, so that the result does not depend on the number of threads;
/// each item is two matrix products with the whole head's keys and values. Scratch is `queryBlock * keys` floats a thread.
struct FullAttention: Sendable {
    let heads: Int
    let headDimension: Int
    let pool: ThreadPool

    /// 64 queries x 630 keys are 161 kB of scores, which stay in a core's second-level cache.
    private static let queryBlock = 64

    /// - Parameters:
    ///   - queries: [m, heads * headDimension]
    ///   - keys, values: [n, heads * headDimension]
    /// - Returns: [m, heads * headDimension]
    func callAsFunction(queries: Matrix, keys: Matrix, values: Matrix) -> Matrix {
        let width = heads * headDimension
        let keyCount = keys.rows
        let blocks = (queries.rows + Self.queryBlock - 1) / Self.queryBlock
        guard queries.rows > 0 else { return Matrix(zeros: 0, width) }
        let output = [Float](unsafeUninitializedCapacity: queries.rows * width) { output, count in
            queries.values.withUnsafeBufferPointer { queries in
                keys.values.withUnsafeBufferPointer { keys in
                    values.values.withUnsafeBufferPointer { values in
                        // Shared by the workers: inputs are only read, and every item writes its own rows and columns.
                        nonisolated(unsafe) let queryBase = queries.baseAddress.unsafelyUnwrapped
                        nonisolated(unsafe) let keyBase = keys.baseAddress.unsafelyUnwrapped
                        nonisolated(unsafe) let valueBase = values.baseAddress.unsafelyUnwrapped
                        nonisolated(unsafe) let outputBase = output.baseAddress.unsafelyUnwrapped
                        let queryCount = queries.count / width
                        pool.parallel(heads * blocks) { items in
                            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.queryBlock * keyCount) { scratch in
                                let scores = scratch.baseAddress.unsafelyUnwrapped
                                for item in items {
                                    let (head, block) = item.quotientAndRemainder(dividingBy: blocks)
                                    let first = block * Self.queryBlock
                                    let rows = min(Self.queryBlock, queryCount - first)
                                    let column = head * headDimension
                                    // scores [rows, keys] = q [rows, d] . kᵀ
                                    Primitives.gemm(
                                        queryBase + first * width + column, lda: width, keyBase + column, ldb: width,
                                        scores, ldc: keyCount, m: rows, n: keyCount, k: headDimension, transposeB: true)
                                    for row in 0..<rows {
                                        Primitives.softmax(scores + row * keyCount, keyCount)
                                    }
                                    // out [rows, d] = scores . v
                                    Primitives.gemm(
                                        scores, lda: keyCount, valueBase + column, ldb: width,
                                        outputBase + first * width + column, ldc: width,
                                        m: rows, n: headDimension, k: keyCount, transposeB: false)
                                }
                            }
                        }
                    }
                }
            }
            count = output.count
        }
        return Matrix(rows: queries.rows, columns: width, values: output)
    }
}
