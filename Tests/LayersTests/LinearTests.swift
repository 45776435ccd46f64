import Layers
import Tensors
import Testing

@Suite struct LinearTests {
    static let pool = ThreadPool(threads: 2)
    static let weight = WeightMatrix(f32: [1, 0, 0, 2, 1, 1], outputs: 3, inputs: 2)
    static let x = Matrix(rows: 2, columns: 2, values: [3, -4, 0.5, 10])

    @Test func `plain and with a bias`() {
        #expect(Linear(weight: Self.weight, pool: Self.pool)(Self.x).values == [3, -8, -1, 0.5, 20, 10.5])
        #expect(Linear(weight: Self.weight, bias: [1, 2, 3], pool: Self.pool)(Self.x).values == [4, -6, 2, 1.5, 22, 13.5])
    }

    @Test func `clipping clamps before and after the product`() {
        let clip = ClipRange(inputMinimum: -2, inputMaximum: 5, outputMinimum: -3.5, outputMaximum: 5)
        #expect(Linear(weight: Self.weight, clip: clip, pool: Self.pool)(Self.x).values == [3, -3.5, 1, 0.5, 5, 5])
    }

    @Test func `infinite bounds are no clipping`() {
        let off = ClipRange(inputMinimum: -.infinity, inputMaximum: .infinity, outputMinimum: -.infinity, outputMaximum: .infinity)
        #expect(Linear(weight: Self.weight, clip: off, pool: Self.pool)(Self.x) == Linear(weight: Self.weight, pool: Self.pool)(Self.x))
    }
}
