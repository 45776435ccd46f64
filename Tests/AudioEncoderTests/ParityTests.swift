import AudioEncoder
import Checkpoint
import Foundation
import Tensors
import Testing

/// Every stage against the reference implementation, on its own weights and waveform.
@Suite struct AudioParityTests {
    @Test(arguments: Golden.allCases)
    func logMelEqualsTheReference(golden: Golden) throws {
        var features = LogMelSpectrogram()
        let difference = largestDifference(features.push(try golden.waveform()), try golden.expected(.mel))
        #expect(difference <= 1e-5)
    }

    @Test(arguments: Golden.allCases)
    func everyStageEqualsTheReference(golden: Golden) throws {
        let encoder = try golden.encoder()
        let stages = encoder.stages(samples: try golden.waveform())
        let expected: [AudioStage] =
            [.mel, .subsampled] + (0..<encoder.configuration.layerCount).map { .layer($0) } + [.towerOutput, .softTokens]
        #expect(stages.map(\.stage) == expected)
        for (stage, output) in stages {
            let difference = largestDifference(output, try golden.expected(stage))
            #expect(difference <= (stage == .mel ? 1e-5 : 1e-4), "\(stage.goldenName) differs by \(difference)")
        }
    }

    /// The same through 160-sample pushes with single-token passes: what the live daemon does.
    @Test(arguments: Golden.allCases)
    func streamedTokensEqualTheReference(golden: Golden) throws {
        let encoder = try golden.encoder()
        var state = encoder.makeState()
        var tokens = Matrix(zeros: 0, encoder.outputWidth)
        for piece in Division.fixed(160).pieces(of: try golden.waveform()) { tokens.append(encoder.push(samples: piece, into: &state)) }
        tokens.append(encoder.finish(&state))
        #expect(largestDifference(tokens, try golden.expected(.softTokens)) <= 1e-4)
    }

    /// Attention blocks of other sizes than the published 12 with 12 keys of context shift the relative positions.
    @Test(arguments: [(chunk: 12, left: 13), (10, 13), (6, 13), (16, 9)])
    func attentionBlocksOfAnySizeEqualTheReference(sizes: (chunk: Int, left: Int)) throws {
        let directory = try Golden.e2b.copy { configuration in
            var audio = configuration["audio_config"] as? [String: Any] ?? [:]
            audio["attention_chunk_size"] = sizes.chunk
            audio["attention_context_left"] = sizes.left
            configuration["audio_config"] = audio
        }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let encoder = try AudioEncoder(checkpoint: Checkpoint(directory: directory, weights: .f32, pool: ThreadPool(threads: 1)))
        let file = try SafetensorsFile(path: Golden.fixtures + "/audio-blocks/expected.safetensors")
        let values = try file.floats("\(sizes.chunk)-\(sizes.left)")
        let expected = Matrix(rows: values.count / encoder.outputWidth, columns: encoder.outputWidth, values: values)
        let stages = encoder.stages(samples: try Golden.e2b.waveform())
        #expect(largestDifference(try #require(stages.last?.output), expected) <= 1e-4)
    }

    /// Rounding of the weights moves the tokens (of root mean square about 1) a little, and not more. Random weights with
    /// active clipping are a harsh case; the bounds are about twice what is measured.
    @Test(arguments: Golden.allCases, [(WeightFormat.bf16, 0.015), (.q8, 0.04)])
    func narrowWeightsStayClose(golden: Golden, format: (weights: WeightFormat, bound: Double)) throws {
        let stages = try golden.encoder(weights: format.weights).stages(samples: try golden.waveform())
        let output = try #require(stages.last?.output)
        let expected = try golden.expected(.softTokens)
        try #require(output.rows == expected.rows)
        let error = zip(output.values, expected.values).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        let power = expected.values.reduce(0.0) { $0 + Double($1 * $1) }
        #expect((error / power).squareRoot() < format.bound)
        #expect(error > 0, "the weights were not rounded at all")
    }

    @Test(arguments: Golden.allCases)
    func theTowerReadsEveryTensorOfItsOwn(golden: Golden) throws {
        let checkpoint = try golden.checkpoint()
        _ = try AudioEncoder(checkpoint: checkpoint)
        checkpoint.root.ignore("model.language_model")
        checkpoint.root.ignore("model.vision_tower")
        checkpoint.root.ignore("model.embed_vision")
        try checkpoint.requireAllRead()
    }
}
