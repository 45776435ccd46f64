import CKernels
import Synchronization

/// The weight of a linear layer, `[outputs, inputs]`, in one of the formats of `WeightFormat`.
///
/// f32 and bf16 are row-major, in owned memory or where they lie in a mapped file; q8 is packed in the order its
/// kernels read (see `kernels.h`). A copy shares the memory.
public struct WeightMatrix: Sendable {
    public let outputs: Int
    public let inputs: Int
    public let format: WeightFormat
    private let region: MemoryRegion
    private let offset: Int

    /// Copies `f32`, row-major.
    /// - Precondition: `f32.count == outputs * inputs`.
    public init(f32: [Float], outputs: Int, inputs: Int) {
        precondition(f32.count == outputs * inputs, "\(f32.count) values are not [\(outputs), \(inputs)]")
        let region = MemoryRegion.allocated(f32.count * 4) { memory in
            f32.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
        self.init(region: region, offset: 0, format: .f32, outputs: outputs, inputs: inputs)
    }

    /// Uses the bytes at `offset` of `region` as they are.
    /// - Precondition: they lie inside the region, are aligned to the element, and are f32 or bf16 row-major or packed q8.
    public init(region: MemoryRegion, offset: Int, format: WeightFormat, outputs: Int, inputs: Int) {
        let bytes = Self.byteCount(format, outputs: outputs, inputs: inputs)
        precondition(offset >= 0 && bytes <= region.count - offset, "\(bytes) bytes at \(offset) of \(region.count)")
        self.region = region
        self.offset = offset
        self.format = format
        self.outputs = outputs
        self.inputs = inputs
    }

    /// Bytes a matrix takes in `format`.
    public static func byteCount(_ format: WeightFormat, outputs: Int, inputs: Int) -> Int {
        switch format {
        case .f32: outputs * inputs * 4
        case .bf16: outputs * inputs * 2
        case .q8: kernels_q8_bytes(outputs, inputs)
        }
    }

    var base: UnsafeRawPointer { region.base + offset }

    /// Row `index` as f32, `[inputs]`: what an embedding table is read with.
    public func row(_ index: Int) -> [Float] {
        precondition(index >= 0 && index < outputs, "row \(index) of \(outputs)")
        return [Float](unsafeUninitializedCapacity: inputs) { buffer, count in
            if inputs > 0 { copyRow(index, to: buffer.baseAddress!) }
            count = inputs
        }
    }

    /// Rows `indices` as f32, `[indices.count, inputs]`.
    public func rows(_ indices: some Collection<Int>) -> Matrix {
        var values: [Float] = []
        values.reserveCapacity(indices.count * inputs)
        for index in indices { values += row(index) }
        return Matrix(rows: indices.count, columns: inputs, values: values)
    }

    func copyRow(_ index: Int, to out: UnsafeMutablePointer<Float>) {
        switch format {
        case .f32: out.update(from: base.assumingMemoryBound(to: Float.self) + index * inputs, count: inputs)
        case .bf16: kernels_bf16_widen(base.assumingMemoryBound(to: UInt16.self) + index * inputs, inputs, out)
        case .q8: kernels_q8_unpack_row(base.assumingMemoryBound(to: UInt8.self), inputs, index, out)
        }
    }

    /// The same weights in another format, made row by row on all threads of `pool`: no f32 copy of the whole, and
    /// source pages that lie in a mapped file are given back as they are done with.
    public func converted(to target: WeightFormat, pool: ThreadPool) -> WeightMatrix {
        var isFinite = true
        return converted(to: target, pool: pool, isFinite: &isFinite)
    }

    /// - Parameter isFinite: becomes false if a weight is infinite or not a number. Where nothing has to be converted nothing is read.
    package func converted(to target: WeightFormat, pool: ThreadPool, isFinite: inout Bool) -> WeightMatrix {
        if target == format { return self }
        let foundNone = Atomic<Bool>(true)
        let region = MemoryRegion.allocated(Self.byteCount(target, outputs: outputs, inputs: inputs)) { memory in
            // Shared by the workers: each packs its own groups of rows.
            nonisolated(unsafe) let memory = memory
            let group = Int(KERNELS_Q8_GROUP)
            // At least a quarter of a million weights a chunk.
            let grain = max(1, 262_144 / max(1, group * inputs))
            pool.parallel((outputs + group - 1) / group, grain: grain) { groups in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: group * inputs) { rows in
                    for g in groups {
                        let first = g * group, last = min(first + group, outputs)
                        for r in first..<last { copyRow(r, to: rows.baseAddress! + (r - first) * inputs) }
                        let count = (last - first) * inputs
                        if kernels_f32_first_not_finite(rows.baseAddress!, count) < count { foundNone.store(false, ordering: .relaxed) }
                        write(rows.baseAddress!, rows: first..<last, as: target, to: memory)
                        // Only f32 and bf16 rows lie in the order they are read.
                        if format != .q8 { discard(rows: first..<last) }
                    }
                }
            }
        }
        // The pool has waited for its workers.
        if !foundNone.load(ordering: .relaxed) { isFinite = false }
        return WeightMatrix(region: region, offset: 0, format: target, outputs: outputs, inputs: inputs)
    }

    private func write(_ x: UnsafePointer<Float>, rows: Range<Int>, as target: WeightFormat, to memory: UnsafeMutableRawPointer) {
        let first = rows.lowerBound * inputs
        switch target {
        case .f32: (memory.assumingMemoryBound(to: Float.self) + first).update(from: x, count: rows.count * inputs)
        case .bf16: kernels_bf16_narrow(x, rows.count * inputs, memory.assumingMemoryBound(to: UInt16.self) + first)
        case .q8:
            let group = rows.lowerBound / Int(KERNELS_Q8_GROUP) * kernels_q8_group_bytes(inputs)
            Kernels.current.table.q8_pack(x, inputs, rows.count, inputs, memory.assumingMemoryBound(to: UInt8.self) + group)
        }
    }

    private func discard(rows: Range<Int>) {
        let row = Self.byteCount(format, outputs: 1, inputs: inputs)
        region.discard(offset + rows.lowerBound * row..<offset + rows.upperBound * row)
    }
}
