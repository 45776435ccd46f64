import Checkpoint
import Media
import Tensors
import Testing
import VisionEncoder

/// Every stage against transformers' outputs.
@Suite struct VisionEncoderParityTests {
    @Test(arguments: Golden.names)
    func everyStageEqualsTheReference(name: String) throws {
        let golden = try Golden(name)
        let encoder = try golden.encoder()
        let image = try golden.image()
        let plan = try encoder.plan(width: image.width, height: image.height, softTokens: golden.softTokens())
        var stages: [String: Matrix] = [:]
        _ = encoder.encode(try ImagePatches(image: image, plan: plan)) { stages[$0] = $1 }
        let expectedStages =
            ["patches", "positions", "patch_embed", "tower_out", "soft_tokens"]
            + (0..<encoder.configuration.layerCount).map { "layer.\($0)" }
        #expect(Set(stages.keys) == Set(expectedStages.map { "vision.\($0)" }))
        for (stage, matrix) in stages where stage != "vision.positions" {
            let expected = try golden.file.floats(stage)
            // The reference pads patches, positions and patch embeddings to the whole budget.
            #expect(expected.count >= matrix.values.count)
            let difference = zip(matrix.values, expected).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference <= (stage == "vision.patches" ? 0 : 1e-4), "\(stage): \(difference)")
        }
        // Only patches may be padded, and only with what is no patch.
        #expect(stages["vision.soft_tokens"]?.rows == golden.file.shape("vision.soft_tokens")?[0])
        #expect(stages["vision.layer.0"]?.rows == golden.file.shape("vision.layer.0")?[0])
        let positions = try golden.file.integers("vision.positions")
        #expect(stages["vision.positions"]?.values.map { Int($0) } == Array(positions.prefix(2 * plan.patchCount)))
        #expect(positions.dropFirst(2 * plan.patchCount).allSatisfy { $0 == -1 })
    }

    /// 8-bit and bf16 weights give nearly the same soft tokens.
    @Test(arguments: Golden.names, [(WeightFormat.bf16, 0.05), (.q8, 0.05)])
    func reducedFormatsStayClose(name: String, format: (WeightFormat, Double)) throws {
        let golden = try Golden(name)
        let image = try golden.image()
        let exact = try golden.encoder().encode(image).tokens
        let reduced = try golden.encoder(weights: format.0).encode(image).tokens
        let error = zip(exact.values, reduced.values).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let norm = exact.values.reduce(0.0) { $0 + Double($1 * $1) }
        #expect((error / norm).squareRoot() < format.1)
        #expect(reduced != exact)
    }

    /// Work is shared out in blocks that do not depend on the number of threads; in f32 the products with weights are not, and
    /// the last bit may follow a row's place in a block of the kernel.
    @Test(arguments: [(WeightFormat.f32, 1e-5 as Float), (WeightFormat.bf16, 0 as Float), (WeightFormat.q8, 0 as Float)])
    func resultsDoNotDependOnThreads(format: WeightFormat, tolerance: Float) throws {
        let golden = try Golden("e2b")
        let image = try golden.image()
        let one = try golden.encoder(weights: format, threads: 1).encode(image).tokens.values
        for threads in [2, 3, 5] {
            let several = try golden.encoder(weights: format, threads: threads).encode(image).tokens.values
            let difference = zip(one, several).map { abs($0 - $1) }.max() ?? .infinity
            #expect(difference <= tolerance, "\(threads) threads")
        }
    }

    /// Shapes a camera never gives, and a client may: all encode, within budget.
    @Test(arguments: [(1, 100), (100, 1), (2000, 30), (1, 1), (31, 333)])
    func oddSizesEncode(width: Int, height: Int) throws {
        let encoder = try Golden("e2b").encoder()
        let grid = try encoder.encode(BicubicResamplerTests.picture(width, height), softTokens: 16)
        #expect((1...16).contains(grid.tokens.rows))
        #expect(grid.tokens.values.allSatisfy { $0.isFinite })
        #expect(grid.tokens.columns == encoder.outputSize)
    }

    /// A strip at a large budget needs more positions an axis than the tiny checkpoints learned.
    @Test func aPictureBeyondTheLearnedPositionsIsRefused() throws {
        let encoder = try Golden("e2b").encoder()
        let learned = encoder.configuration.positionEmbeddingSize
        #expect { try encoder.encode(BicubicResamplerTests.picture(1000, 1), softTokens: 1120) } throws: { error in
            guard case VisionError.positionTable(let columns, _, learned) = error else { return false }
            return columns > learned && "\(error)".contains("\(learned)")
        }
    }
}
