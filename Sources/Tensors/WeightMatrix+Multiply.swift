import CKernels

extension WeightMatrix {
    /// `x . Wᵀ`, `[n, inputs]` to `[n, outputs]`, on all threads of `pool`.
    ///
    /// A row of the result depends on the other rows of `x` by rounding at most; in bf16 and q8, not at all.
    public func multiply(_ x: Matrix, pool: ThreadPool) -> Matrix {
        multiply(x, rows: 0..<outputs, pool: pool)
    }

    /// Outputs `rows` alone, `[n, inputs]` to `[n, rows.count]`.
    public func multiply(_ x: Matrix, rows: Range<Int>, pool: ThreadPool) -> Matrix {
        precondition(x.columns == inputs, "[\(x.rows), \(x.columns)] times weights [\(outputs), \(inputs)]")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= outputs, "rows \(rows) of \(outputs)")
        let values = [Float](unsafeUninitializedCapacity: x.rows * rows.count) { buffer, count in
            count = x.rows * rows.count
            guard count > 0 else { return }
            guard inputs > 0 else { return buffer.initialize(repeating: 0) }
            x.values.withUnsafeBufferPointer { values in
                let task = Product(
                    weights: self, rows: rows, x: values.baseAddress!, count: x.rows, columns: inputs, out: buffer.baseAddress!)
                switch format {
                case .f32: task.f32(pool)
                case .bf16: task.bf16(pool)
                case .q8: task.q8(pool)
                }
            }
        }
        return Matrix(rows: x.rows, columns: rows.count, values: values)
    }
}

/// One product under way: outputs `rows` of `weights` for the rows at `x`, into `out`, `[count, rows.count]`.
///
/// Unchecked, like the addresses that its methods hand to the workers: weights and `x` are only read, and each worker writes
/// its own outputs, or its own rows of the prepared inputs.
private struct Product: @unchecked Sendable {
    let weights: WeightMatrix
    let rows: Range<Int>
    let x: UnsafePointer<Float>
    /// Rows and columns of x.
    let count: Int
    let columns: Int
    let out: UnsafeMutablePointer<Float>

    /// Fewer products than 65 536, about 2 µs of work, are not worth another thread.
    private func grain(unit: Int) -> Int { max(1, 65_536 / max(1, unit * columns * count)) }

    /// Calls `body` for every row of x, on several threads when the rows are many (32 768 values take about 5 µs).
    private func forEachRow(_ pool: ThreadPool, _ body: @Sendable (Int) -> Void) {
        pool.parallel(count, grain: max(1, 32_768 / max(1, columns))) { part in
            for c in part { body(c) }
        }
    }

    func f32(_ pool: ThreadPool) {
        nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: Float.self) + rows.lowerBound * columns
        guard count > Self.mostRowsWithoutBLAS else {
            let kernels = Kernels.current.table
            return pool.parallel(rows.count, grain: grain(unit: 1)) { part in
                kernels.f32_rows(
                    w + part.lowerBound * columns, columns, part.count,
                    x, columns, count, columns, out + part.lowerBound, rows.count)
            }
        }
        // OpenBLAS copies all of x for every part: at least 64 outputs make that a small share.
        pool.parallel(rows.count, grain: max(64, grain(unit: 1))) { part in
            Primitives.gemm(
                x, lda: columns, w + part.lowerBound * columns, ldb: columns,
                out + part.lowerBound, ldc: rows.count, m: count, n: part.count, k: columns, transposeB: true)
        }
    }

    /// Up to here the kernel that reads the weights once, row by row, is as fast as OpenBLAS.
    private static let mostRowsWithoutBLAS = 8

    func bf16(_ pool: ThreadPool) {
        let kernels = Kernels.current.table
        // Rows one cache line further apart than they are long: lengths that are multiples of 4 kB would meet in few cache sets.
        let stride = columns + 16
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * stride) { prepared in
            nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: UInt16.self)
            nonisolated(unsafe) let prepared = prepared
            forEachRow(pool) { c in
                kernels_bf16_prepare(x + c * columns, columns, prepared.baseAddress! + c * stride)
            }
            pool.parallel(rows.count, grain: grain(unit: 1)) { part in
                kernels.bf16_rows(
                    w + (rows.lowerBound + part.lowerBound) * columns, columns, part.count,
                    prepared.baseAddress!, stride, count, columns, out + part.lowerBound, rows.count)
            }
        }
    }

    func q8(_ pool: ThreadPool) {
        let kernels = Kernels.current.table
        let blocks = kernels_q8_blocks(columns), group = Int(KERNELS_Q8_GROUP)
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: count * blocks * Int(KERNELS_Q8_BLOCK)) { q in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count * blocks) { scales in
                nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: UInt8.self)
                nonisolated(unsafe) let (q, scales) = (q, scales)
                forEachRow(pool) { c in
                    kernels.q8_prepare(
                        x + c * columns, columns,
                        q.baseAddress! + c * blocks * Int(KERNELS_Q8_BLOCK), scales.baseAddress! + c * blocks)
                }
                let firstGroup = rows.lowerBound / group, lastGroup = (rows.upperBound + group - 1) / group
                pool.parallel(lastGroup - firstGroup, grain: grain(unit: group)) { part in
                    let first = max(rows.lowerBound, (firstGroup + part.lowerBound) * group)
                    let last = min(rows.upperBound, (firstGroup + part.upperBound) * group)
                    kernels.q8_rows(
                        w, columns, first, last, q.baseAddress!, scales.baseAddress!, count,
                        out + (first - rows.lowerBound), rows.count)
                }
            }
        }
    }
}
