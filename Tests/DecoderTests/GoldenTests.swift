import Checkpoint
import Decoder
import Tensors
import Testing

/// Against transformers' results on the tiny checkpoints.
struct GoldenTests {
    @Test(arguments: Fixture.names)
    func everyStageOfThePromptEqualsTheReference(_ name: String) throws {
        let fixture = try Fixture(name)
        var stream = fixture.decoder.makeStream()
        let trace = try fixture.decoder.trace(fixture.prompt(), into: &stream)

        #expect(try largestDifference(#require(trace.embeddings), fixture.matrix("text.inputs_embeds")) < 1e-5)
        #expect(try largestDifference(#require(trace.perLayerInputs), fixture.matrix("text.ple_inputs")) < 1e-4)
        #expect(trace.layers.count == fixture.text.layerCount)
        for (index, layer) in trace.layers.enumerated() {
            // The residual stream reaches 19 here; f32 rounding of either side shows at 1e-4.
            #expect(try largestDifference(layer, fixture.matrix("text.layer.\(index)")) < 3e-4, "layer \(index)")
        }
        #expect(try largestDifference(#require(trace.logits), fixture.matrix("text.logits")) < 3e-4)
    }

    @Test(arguments: Fixture.names)
    func greedyContinuationEqualsTheReference(_ name: String) throws {
        let fixture = try Fixture(name)
        let expectedIDs = try fixture.tokens("text.greedy_ids")
        let expectedLogits = try fixture.matrix("text.greedy_logits")
        var stream = fixture.decoder.makeStream()
        var sampler = try Sampler(.greedy)

        var logits = try fixture.decoder.decode(fixture.prompt(), into: &stream)
        var ids: [Int32] = []
        for step in 0..<expectedIDs.count {
            #expect(largestDifference(logits, Array(expectedLogits.row(step))) < 3e-4, "step \(step)")
            let id = sampler.sample(logits)
            ids.append(id)
            logits = fixture.decoder.decode(.text([id]), into: &stream)
        }
        #expect(ids == expectedIDs)
    }

    /// Eight-bit weights are an approximation; on random weights of these sizes it stays far below the logits' spread of about 1.
    @Test(arguments: Fixture.names, [WeightFormat.bf16, .q8])
    func narrowWeightsStayNearTheReference(_ name: String, _ weights: WeightFormat) throws {
        let fixture = try Fixture(name, weights: weights)
        var stream = fixture.decoder.makeStream()
        let logits = try fixture.decoder.logits(fixture.prompt(), into: &stream)
        let expected = try fixture.matrix("text.logits")
        let squares = zip(logits.values, expected.values).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect((squares / Float(expected.values.count)).squareRoot() < 0.1)
    }

    @Test(arguments: Fixture.names)
    func everyTextTensorIsReadOrIgnoredOnPurpose(_ name: String) throws {
        let fixture = try Fixture(name)
        for part in ["model.vision_tower", "model.audio_tower", "model.embed_vision", "model.embed_audio"] {
            fixture.checkpoint.root.ignore(part)
        }
        try fixture.checkpoint.requireAllRead()
    }
}
