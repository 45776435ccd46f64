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

    /// Rounding of the weights moves the tokens (of root mean square about 1) a little, and not more. Random weights with
    /// active clipping are a harsh case; the bounds are about twice what is measured.
    @Test(arguments: Golden.allCases, [(WeightFormat.bf16, 0.05), (.q8, 0.08)])
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
