import Checkpoint
import Foundation
import Layers
import Tensors
import Testing

/// Layers read from a checkpoint by name: the committed tiny one, whose clip bounds are finite and whose weights are f32.
@Suite struct ScopeReadingTests {
    static let pool = ThreadPool(threads: 2)

    static func checkpoint() throws -> Checkpoint {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/golden/e2b")
        return try Checkpoint(directory: directory.path(), weights: .f32, pool: pool)
    }

    static let x = Matrix(rows: 3, columns: 32, values: (0..<96).map { Float($0 % 13) * 40 - 240 })

    /// `x wᵀ` in f64.
    static func product(_ x: Matrix, _ weights: [Float], outputs: Int) -> [Float] {
        (0..<x.rows).flatMap { r in
            (0..<outputs).map { o in
                Float((0..<x.columns).reduce(0.0) { $0 + Double(x.values[r * x.columns + $1]) * Double(weights[o * x.columns + $1]) })
            }
        }
    }

    @Test func `a clipped layer reads its weight one level down and its four bounds`() throws {
        let attention = try Self.checkpoint().audioTower.scope("layers.0.self_attn")
        let layer = try Linear(attention, "q_proj", inputs: 32, outputs: 32, clipped: true)
        let clip = try #require(layer.clip)
        #expect(clip.inputMinimum < clip.inputMaximum && clip.outputMinimum < clip.outputMaximum)
        #expect(clip.inputMaximum == (try attention.scalar("q_proj.input_max")))
        #expect(clip.outputMinimum == (try attention.scalar("q_proj.output_min")))
        let weights = try attention.tensor("q_proj.linear.weight", shape: [32, 32])
        var clamped = Self.x
        Operations.clampInPlace(&clamped, minimum: clip.inputMinimum, maximum: clip.inputMaximum)
        #expect(clamped != Self.x, "the input must be beyond the bounds for this test to show anything")
        let exact = Self.product(clamped, weights, outputs: 32).map { min(max($0, clip.outputMinimum), clip.outputMaximum) }
        #expect(zip(layer(Self.x).values, exact).allSatisfy { abs($0 - $1) <= 1e-3 })
    }

    @Test func `a plain layer reads its weight and, when asked, its bias`() throws {
        let tower = try Self.checkpoint().audioTower
        let layer = try Linear(tower, "output_proj", inputs: 32, outputs: 40, bias: true)
        let weights = try tower.tensor("output_proj.weight", shape: [40, 32]), bias = try tower.vector("output_proj.bias", count: 40)
        let exact = Self.product(Self.x, weights, outputs: 40).enumerated().map { $1 + bias[$0 % 40] }
        #expect(layer.clip == nil && zip(layer(Self.x).values, exact).allSatisfy { abs($0 - $1) <= 1e-3 })
        #expect(try Linear(tower.scope("layers.0.self_attn"), "relative_k_proj", inputs: 32, outputs: 32, clipped: true).clip == nil)
    }

    @Test func `a shape that is not the file's is refused`() throws {
        let tower = try Self.checkpoint().audioTower
        #expect(throws: CheckpointError.self) { try Linear(tower, "output_proj", inputs: 32, outputs: 41) }
        #expect(throws: CheckpointError.self) { try Linear(tower, "no_such_layer", inputs: 32, outputs: 40) }
        let layer = try Self.checkpoint().languageModel.scope("layers.0.self_attn")
        #expect(throws: CheckpointError.self) { try RMSNorm(layer, "q_norm", width: 17) }
    }

    @Test func `a norm reads its weight as it is`() throws {
        let layer = try Self.checkpoint().languageModel.scope("layers.0.self_attn")
        #expect(try RMSNorm(layer, "q_norm", width: 16).weight == layer.vector("q_norm.weight", count: 16))
    }
}
