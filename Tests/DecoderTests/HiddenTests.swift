import Checkpoint
import Decoder
import Layers
import Tensors
import Testing

/// What other heads than the vocabulary's read.
@Suite struct HiddenTests {
    @Test(arguments: Fixture.names)
    func hiddenStatesAreTheLastLayersAfterTheNorm(name: String) throws {
        let fixture = try Fixture(name)
        var stream = fixture.decoder.makeStream()
        let hidden = try fixture.decoder.hidden(fixture.prompt(), into: &stream)
        let last = try fixture.matrix("text.layer.\(fixture.text.layerCount - 1)")
        let scope = fixture.checkpoint.languageModel
        let expected = try RMSNorm(scope, "norm", width: fixture.text.hiddenSize, epsilon: fixture.text.rmsNormEpsilon)(last)
        #expect(largestDifference(hidden.values, expected.values) < 3e-4)
        #expect(stream.nextPosition == Int64(hidden.rows))
    }

    /// More rows than one step takes, and pieces that are not steps.
    @Test func piecesEqualTheWhole() throws {
        let fixture = try Fixture("e2b")
        let tokens = fixture.randomTokens(Decoder.maximumStepRows + 40, seed: 5)
        var whole = fixture.decoder.makeStream()
        let expected = fixture.decoder.hidden(.text(tokens), into: &whole)
        #expect(expected.rows == tokens.count)
        var stream = fixture.decoder.makeStream()
        var hidden = Matrix(zeros: 0, expected.columns)
        for start in stride(from: 0, to: tokens.count, by: 23) {
            hidden.append(fixture.decoder.hidden(.text(Array(tokens[start..<min(start + 23, tokens.count)])), into: &stream))
        }
        // After a norm values are about 1, as logits are.
        #expect(largestDifference(hidden.values, expected.values) < 2 * Fixture.rounding)
    }
}
