import AudioEncoder
import Tensors
import Testing

/// What other heads than the decoder read of the tower.
@Suite struct TowerOutputTests {
    @Test(arguments: Golden.allCases, [160, 997, 20_000])
    func theTowersOutputInPiecesEqualsTheWhole(golden: Golden, size: Int) throws {
        let encoder = try golden.encoder()
        let samples = Signal.chirp(samples: 33_600, seed: 3)
        let whole = try #require(encoder.stages(samples: samples).first { $0.stage == .towerOutput }).output
        var state = encoder.makeState(minimumTokens: 4)
        var plain = encoder.makeState(minimumTokens: 4)
        var output = Matrix(zeros: 0, encoder.towerOutputWidth)
        for piece in Division.fixed(size).pieces(of: samples) {
            let tokens = encoder.push(samples: piece, into: &state, towerOutput: &output)
            #expect(tokens == encoder.push(samples: piece, into: &plain))
        }
        #expect(encoder.finish(&state, towerOutput: &output) == encoder.finish(&plain))
        #expect(output.rows == state.tokens)
        #expect(largestDifference(output, whole) <= 1e-5)
    }
}
