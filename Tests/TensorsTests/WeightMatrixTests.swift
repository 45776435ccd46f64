import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct WeightMatrixTests {
    static let pool = ThreadPool(threads: 2)

    /// Weights, and the same as each format holds them.
    static func weights(_ outputs: Int, _ inputs: Int, seed: UInt64) -> [WeightMatrix] {
        var random = Seeded(seed)
        let f32 = WeightMatrix(f32: random.gaussians(outputs * inputs), outputs: outputs, inputs: inputs)
        return WeightFormat.allCases.map { f32.converted(to: $0, pool: pool) }
    }

    @Test func `products equal f64 products of the weights as held`() {
        var random = Seeded(20)
        for (outputs, inputs) in [(1, 1), (3, 7), (64, 32), (130, 100), (257, 300), (40, 2500)] {
            for matrix in Self.weights(outputs, inputs, seed: 21) {
                let held = (0..<outputs).flatMap { matrix.row($0) }
                for n in [1, 2, 5, 8, 9, 17, 40] {
                    let x = random.matrix(n, inputs)
                    let result = matrix.multiply(x, pool: Self.pool)
                    #expect(result.rows == n && result.columns == outputs)
                    // q8 rounds the inputs to 16 bits a block: 2e-5 of their size.
                    let tolerance: Float = matrix.format == .q8 ? 1.5e-4 : 2e-5
                    #expect(
                        worst(result.values, product(x, held, outputs: outputs), scale: Float(inputs).squareRoot()) <= tolerance,
                        "\(matrix.format) [\(outputs), \(inputs)] for \(n) rows")
                }
            }
        }
    }

    @Test func `a row's result does not depend on the rows beside it`() {
        var random = Seeded(22)
        for matrix in Self.weights(200, 300, seed: 23) {
            let x = random.matrix(33, 300)
            let all = matrix.multiply(x, pool: Self.pool)
            for n in [1, 2, 3, 4, 7, 8, 9, 16, 17] {
                let few = matrix.multiply(x.rows(0..<n), pool: Self.pool)
                let difference = worst(few.values, all.rows(0..<n).values, scale: Float(300).squareRoot())
                #expect(difference <= (matrix.format == .f32 ? 1e-5 : 0), "\(matrix.format), \(n) rows")
            }
        }
    }

    @Test func `a range of outputs equals that part of all outputs`() {
        var random = Seeded(24)
        for matrix in Self.weights(77, 90, seed: 25) {
            for n in [1, 4, 20] {
                let x = random.matrix(n, 90), all = matrix.multiply(x, pool: Self.pool)
                for range in [0..<77, 0..<1, 5..<13, 8..<16, 9..<10, 70..<77, 40..<40] {
                    let part = matrix.multiply(x, rows: range, pool: Self.pool)
                    #expect(part.rows == n && part.columns == range.count)
                    for r in 0..<n {
                        #expect(worst(part.row(r), all.row(r)[(r * 77 + range.lowerBound)..<(r * 77 + range.upperBound)]) <= 2e-5)
                    }
                }
            }
        }
    }

    @Test func `one thread and several give the same bits`() {
        var random = Seeded(26)
        let one = ThreadPool(threads: 1), four = ThreadPool(threads: 4)
        for matrix in Self.weights(600, 500, seed: 27) where matrix.format != .f32 {
            let x = random.matrix(13, 500)
            #expect(matrix.multiply(x, pool: one) == matrix.multiply(x, pool: four), "\(matrix.format)")
        }
    }

    @Test func `q8 is within one percent of the weights and of the products`() {
        var random = Seeded(28)
        let (outputs, inputs) = (256, 1024)
        let values = random.gaussians(outputs * inputs)
        let exact = WeightMatrix(f32: values, outputs: outputs, inputs: inputs)
        let matrix = exact.converted(to: .q8, pool: Self.pool)
        func error(_ a: [Float], _ b: [Float]) -> Float {
            (zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / b.reduce(0) { $0 + $1 * $1 }).squareRoot()
        }
        #expect(error((0..<outputs).flatMap { matrix.row($0) }, values) <= 0.008)
        let x = random.matrix(8, inputs)
        #expect(error(matrix.multiply(x, pool: Self.pool).values, exact.multiply(x, pool: Self.pool).values) <= 0.01)
    }

    @Test func `zero blocks stay zero and tiny weights keep their size`() {
        var values = [Float](repeating: 0, count: 9 * 96)
        for i in 32..<64 { values[96 + i] = 1e-7 * Float(i - 47) }
        let matrix = WeightMatrix(f32: values, outputs: 9, inputs: 96).converted(to: .q8, pool: Self.pool)
        #expect(matrix.row(0) == [Float](repeating: 0, count: 96))
        #expect(worst(matrix.row(1), values[96..<192], scale: 1e-7) <= 0.08)
        let sums = matrix.multiply(Matrix(rows: 1, columns: 96, values: [Float](repeating: 1, count: 96)), pool: Self.pool)
        #expect(sums.values[0] == 0 && sums.values[8] == 0)
    }

    @Test func `a weight or input that is not finite shows in the result`() {
        var values = [Float](repeating: 0.5, count: 16 * 64)
        values[3 * 64 + 40] = .nan
        let matrix = WeightMatrix(f32: values, outputs: 16, inputs: 64).converted(to: .q8, pool: Self.pool)
        var x = Matrix(rows: 2, columns: 64, values: [Float](repeating: 1, count: 128))
        let result = matrix.multiply(x, pool: Self.pool)
        #expect(result.values[3].isNaN && result.values[16 + 3].isNaN)
        #expect(result.values.filter(\.isNaN).count == 2)
        x.values[70] = .infinity
        let overflowed = matrix.multiply(x, pool: Self.pool)
        #expect(overflowed.values[16..<32].allSatisfy(\.isNaN) && !overflowed.values[0].isNaN)
    }

    @Test func `formats convert into each other`() {
        let forms = Self.weights(21, 50, seed: 29)
        for from in forms {
            for target in WeightFormat.allCases {
                let converted = from.converted(to: target, pool: Self.pool)
                #expect(converted.format == target && converted.outputs == 21 && converted.inputs == 50)
                for r in 0..<21 {
                    let step: Float = target == .f32 || target == from.format ? 0 : target == .bf16 ? 0.02 : 0.04
                    #expect(worst(converted.row(r), from.row(r)) <= step, "\(from.format) to \(target)")
                }
            }
        }
    }

    @Test func `a mapped matrix is read in place, and its region outlives it`() {
        let released = Flag()
        var matrix: WeightMatrix?
        do {
            let memory = UnsafeMutablePointer<UInt16>.allocate(capacity: 70)
            for i in 0..<70 { memory[i] = UInt16(Float(i).bitPattern >> 16) }
            nonisolated(unsafe) let owned = memory
            let region = MemoryRegion(base: memory, count: 140) {
                owned.deallocate()
                released.raise()
            }
            matrix = WeightMatrix(region: region, offset: 20, format: .bf16, outputs: 3, inputs: 20)
        }
        #expect(!released.isRaised)
        #expect(matrix?.row(2) == (50..<70).map(Float.init))
        #expect(matrix?.rows([2, 0]).values == (50..<70).map(Float.init) + (10..<30).map(Float.init))
        #expect(
            matrix?.multiply(Matrix(rows: 1, columns: 20, values: [Float](repeating: 1, count: 20)), pool: Self.pool).values == [
                390, 790, 1190,
            ])
        matrix = nil
        #expect(released.isRaised)
    }

    @Test func `converting a mapped file gives its pages back and changes nothing in them`() throws {
        var random = Seeded(30)
        let (outputs, inputs) = (64, 4096)
        let values = random.gaussians(outputs * inputs)
        let file = FileManager.default.temporaryDirectory.appending(path: "weights-\(UUID().uuidString)")
        try values.withUnsafeBytes { try Data($0).write(to: file) }
        defer { try? FileManager.default.removeItem(at: file) }
        let descriptor = open(file.path, O_RDONLY)
        defer { close(descriptor) }
        let map = try #require(mmap(nil, values.count * 4, PROT_READ, MAP_PRIVATE, descriptor, 0))
        try #require(map != MAP_FAILED)
        nonisolated(unsafe) let mapped = map
        let size = values.count * 4
        let region = MemoryRegion(base: map, count: size, isFileMapping: true) { munmap(mapped, size) }
        let matrix = WeightMatrix(region: region, offset: 0, format: .f32, outputs: outputs, inputs: inputs)
        #expect(
            matrix.converted(to: .q8, pool: Self.pool).row(7)
                == WeightMatrix(f32: values, outputs: outputs, inputs: inputs).converted(to: .q8, pool: Self.pool).row(7))
        for r in 0..<outputs { #expect(matrix.row(r) == Array(values[r * inputs..<(r + 1) * inputs])) }
    }

    @Test func `no rows and no inputs are no special case`() {
        for matrix in Self.weights(5, 33, seed: 31) {
            #expect(matrix.multiply(Matrix(zeros: 0, 33), pool: Self.pool) == Matrix(zeros: 0, 5))
        }
        for format in WeightFormat.allCases {
            let empty = WeightMatrix(f32: [], outputs: 4, inputs: 0).converted(to: format, pool: Self.pool)
            #expect(empty.multiply(Matrix(zeros: 3, 0), pool: Self.pool) == Matrix(zeros: 3, 4))
        }
    }
}

/// A flag that any thread may raise.
final class Flag: Sendable {
    private let raised = Atomic<Bool>(false)
    func raise() { raised.store(true, ordering: .sequentiallyConsistent) }
    var isRaised: Bool { raised.load(ordering: .sequentiallyConsistent) }
}
