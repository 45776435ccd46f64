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
            x.values.withUnsafeBufferPointer { x in
                let task = Product(weights: self, rows: rows, x: x, columns: inputs, out: buffer.baseAddress!)
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

/// One product under way: outputs `rows` of `weights` for the rows at `x`, into `out`, `[x.count, rows.count]`.
private struct Product: @unchecked Sendable {
    let weights: WeightMatrix
    let rows: Range<Int>
    let x: UnsafeBufferPointer<Float>
    let columns: Int
    let out: UnsafeMutablePointer<Float>

    private var count: Int { columns == 0 ? 0 : x.count / columns }

    /// Fewer weights than this are not worth a second thread: about 5 µs of work.
    private func grain(unit: Int) -> Int { max(1, 65_536 / max(1, unit * columns * count)) }

    func f32(_ pool: ThreadPool) {
        let kernels = Kernels.current.table
        nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: Float.self)
        pool.parallel(rows.count, grain: grain(unit: 1)) { part in
            kernels.f32_rows(
                w + (rows.lowerBound + part.lowerBound) * columns, columns, part.count,
                x.baseAddress!, columns, count, columns, out + part.lowerBound, rows.count)
        }
    }

    func bf16(_ pool: ThreadPool) {
        let kernels = Kernels.current.table
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * columns) { prepared in
            for c in 0..<count {
                kernels_bf16_prepare(x.baseAddress! + c * columns, columns, prepared.baseAddress! + c * columns)
            }
            nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: UInt16.self)
            nonisolated(unsafe) let prepared = prepared
            pool.parallel(rows.count, grain: grain(unit: 1)) { part in
                kernels.bf16_rows(
                    w + (rows.lowerBound + part.lowerBound) * columns, columns, part.count,
                    prepared.baseAddress!, columns, count, columns, out + part.lowerBound, rows.count)
            }
        }
    }

    func q8(_ pool: ThreadPool) {
        let kernels = Kernels.current.table
        let blocks = kernels_q8_blocks(columns), group = Int(KERNELS_Q8_GROUP)
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: count * blocks * Int(KERNELS_Q8_BLOCK)) { q in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count * blocks) { scales in
                for c in 0..<count {
                    kernels.q8_prepare(
                        x.baseAddress! + c * columns, columns,
                        q.baseAddress! + c * blocks * Int(KERNELS_Q8_BLOCK), scales.baseAddress! + c * blocks)
                }
                nonisolated(unsafe) let w = weights.base.assumingMemoryBound(to: UInt8.self)
                nonisolated(unsafe) let (q, scales) = (q, scales)
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
