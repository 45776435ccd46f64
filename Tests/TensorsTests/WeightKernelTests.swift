import CKernels
import Tensors
import Testing

/// Every path of every weight kernel against the scalar reference, at odd sizes.
@Suite struct WeightKernelTests {
    struct Shape: Sendable {
        let outputs, inputs, rows: Int
    }

    static let shapes: [Shape] = {
        var random = Seeded(10)
        let drawn = (0..<60).map { _ in
            Shape(
                outputs: .random(in: 1...40, using: &random), inputs: .random(in: 1...150, using: &random),
                rows: .random(in: 1...17, using: &random))
        }
        // One longer than the pass of the row kernels, and one row of a single weight.
        return drawn + [
            Shape(outputs: 5, inputs: 4500, rows: 3), Shape(outputs: 1, inputs: 1, rows: 1), Shape(outputs: 27, inputs: 32, rows: 4),
        ]
    }()

    @Test(arguments: KernelPath.all) func `f32 rows equal the reference`(path: KernelPath) throws {
        var random = Seeded(11)
        for shape in Self.shapes {
            let w = random.gaussians(shape.outputs * shape.inputs), x = random.gaussians(shape.rows * shape.inputs)
            let zeros = [Float](repeating: 7, count: shape.outputs * shape.rows)
            func run(_ table: kernels_table) -> [Float]? {
                guarded(zeros) {
                    table.f32_rows(w, shape.inputs, shape.outputs, x, shape.inputs, shape.rows, shape.inputs, $0, shape.outputs)
                }
            }
            #expect(
                worst(try #require(run(path.table)), try #require(run(KernelPath.reference))) <= 5e-7 * Float(shape.inputs + 10), "\(shape)"
            )
        }
    }

    @Test(arguments: KernelPath.all) func `bf16 rows equal the reference`(path: KernelPath) throws {
        var random = Seeded(12)
        for shape in Self.shapes {
            let w = random.gaussians(shape.outputs * shape.inputs), x = random.gaussians(shape.rows * shape.inputs)
            var narrow = [UInt16](repeating: 0, count: w.count)
            kernels_bf16_narrow(w, w.count, &narrow)
            var prepared = x
            for c in 0..<shape.rows {
                prepared.withUnsafeMutableBufferPointer { out in
                    x.withUnsafeBufferPointer {
                        kernels_bf16_prepare($0.baseAddress! + c * shape.inputs, shape.inputs, out.baseAddress! + c * shape.inputs)
                    }
                }
            }
            let zeros = [Float](repeating: 7, count: shape.outputs * shape.rows)
            let result = try #require(
                guarded(zeros) {
                    path.table.bf16_rows(
                        narrow, shape.inputs, shape.outputs, prepared, shape.inputs, shape.rows, shape.inputs, $0, shape.outputs)
                })
            var wide = [Float](repeating: 0, count: w.count)
            kernels_bf16_widen(narrow, w.count, &wide)
            let exact = product(Matrix(rows: shape.rows, columns: shape.inputs, values: x), wide, outputs: shape.outputs)
            #expect(worst(result, exact) <= 5e-7 * Float(shape.inputs + 10), "\(shape)")
        }
    }

    @Test(arguments: KernelPath.all) func `quantised inputs and weights are the same bits on every path`(path: KernelPath) {
        var random = Seeded(13)
        for k in [1, 2, 31, 32, 33, 64, 95, 100, 1536] {
            for variant in 0..<6 {
                var x = random.gaussians(8 * k)
                switch variant {
                case 1: x = x.map { $0 * 1e-32 }
                case 2: x = x.map { $0 * 1e30 }
                case 3: x = [Float](repeating: 0, count: 8 * k)
                case 4: x[k / 2] = .nan
                case 5: x[k - 1] = -.infinity
                default: break
                }
                func prepared(_ table: kernels_table) -> ([Int16], [UInt32]) {
                    let blocks = kernels_q8_blocks(k)
                    var q = [Int16](repeating: 99, count: blocks * 32), scales = [Float](repeating: 99, count: blocks)
                    table.q8_prepare(x, k, &q, &scales)
                    return (q, scales.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern })
                }
                #expect(prepared(path.table) == prepared(KernelPath.reference), "\(k) inputs, variant \(variant)")
                for rows in [1, 5, 8] {
                    func packed(_ table: kernels_table) -> [UInt8] {
                        var bytes = [UInt8](repeating: 99, count: kernels_q8_group_bytes(k))
                        table.q8_pack(x, k, rows, k, &bytes)
                        return bytes
                    }
                    #expect(packed(path.table) == packed(KernelPath.reference), "\(rows) rows of \(k), variant \(variant)")
                }
            }
        }
    }

    @Test(arguments: KernelPath.all) func `q8 rows equal the reference, whole and in part`(path: KernelPath) throws {
        var random = Seeded(14)
        for shape in Self.shapes {
            let w = random.gaussians(shape.outputs * shape.inputs), x = random.gaussians(shape.rows * shape.inputs)
            let blocks = kernels_q8_blocks(shape.inputs), group = kernels_q8_group_bytes(shape.inputs)
            var packed = [UInt8](repeating: 0, count: kernels_q8_bytes(shape.outputs, shape.inputs))
            var q = [Int16](repeating: 0, count: shape.rows * blocks * 32), scales = [Float](repeating: 0, count: shape.rows * blocks)
            packed.withUnsafeMutableBufferPointer { packed in
                for g in 0..<(shape.outputs + 7) / 8 {
                    w.withUnsafeBufferPointer {
                        KernelPath.reference.q8_pack(
                            $0.baseAddress! + g * 8 * shape.inputs, shape.inputs, min(8, shape.outputs - g * 8), shape.inputs,
                            packed.baseAddress! + g * group)
                    }
                }
            }
            q.withUnsafeMutableBufferPointer { q in
                scales.withUnsafeMutableBufferPointer { scales in
                    x.withUnsafeBufferPointer {
                        for c in 0..<shape.rows {
                            KernelPath.reference.q8_prepare(
                                $0.baseAddress! + c * shape.inputs, shape.inputs, q.baseAddress! + c * blocks * 32,
                                scales.baseAddress! + c * blocks)
                        }
                    }
                }
            }
            let first = Int.random(in: 0..<shape.outputs, using: &random)
            let last = Int.random(in: first + 1...shape.outputs, using: &random)
            for range in [0..<shape.outputs, first..<last] {
                let zeros = [Float](repeating: 7, count: range.count * shape.rows)
                func run(_ table: kernels_table) -> [Float]? {
                    guarded(zeros) {
                        table.q8_rows(packed, shape.inputs, range.lowerBound, range.upperBound, q, scales, shape.rows, $0, range.count)
                    }
                }
                let result = try #require(run(path.table)), expected = try #require(run(KernelPath.reference))
                #expect(worst(result, expected) <= 3e-7 * Float(shape.inputs + 10), "\(shape), rows \(range)")
                // And with the product of the unpacked weights: only the inputs' 16 bits lie between.
                var exact: [Float] = []
                for c in 0..<shape.rows {
                    for r in range {
                        var row = [Float](repeating: 0, count: shape.inputs)
                        kernels_q8_unpack_row(packed, shape.inputs, r, &row)
                        exact.append((0..<shape.inputs).reduce(0) { $0 + row[$1] * x[c * shape.inputs + $1] })
                    }
                }
                #expect(worst(result, exact) <= 1e-4 * Float(shape.inputs + 10).squareRoot(), "\(shape), rows \(range)")
            }
        }
    }

    @Test(arguments: KernelPath.all) func `extreme integers do not overflow`(path: KernelPath) {
        // Every weight 127 and every input 32767 steps: 32 products of one block sum to 133 million.
        let w = [Float](repeating: -127, count: 8 * 64), x = [Float](repeating: 32767, count: 64)
        var packed = [UInt8](repeating: 0, count: kernels_q8_group_bytes(64)), q = [Int16](repeating: 0, count: 64)
        var scales = [Float](repeating: 0, count: 2), out = [Float](repeating: 0, count: 8)
        path.table.q8_pack(w, 64, 8, 64, &packed)
        path.table.q8_prepare(x, 64, &q, &scales)
        path.table.q8_rows(packed, 64, 0, 8, q, scales, 1, &out, 8)
        #expect(worst(out, [Float](repeating: -127 * 32767 * 64, count: 8), scale: 127 * 32767 * 64) <= 1e-6)
    }

    @Test func `bf16 rounds to nearest, ties to even, and keeps NaN`() {
        let x: [Float] = [1, 1.00390625, 1.01171875, 1.00390725, .nan, .infinity, -.infinity, -0.0, .greatestFiniteMagnitude]
        var narrow = [UInt16](repeating: 0, count: x.count), wide = x
        kernels_bf16_narrow(x, x.count, &narrow)
        kernels_bf16_widen(narrow, x.count, &wide)
        let expected: [Float] = [1, 1, 1.015625, 1.0078125, .nan, .infinity, -.infinity, 0, .infinity]
        #expect(worst(wide, expected) == 0)
        #expect(wide[7].sign == .minus)
    }
}
