import Checkpoint
import Media
import Tensors
import Testing
import VisionEncoder

/// What other heads than the decoder read of the tower.
@Suite struct TowerOutputTests {
    @Test(arguments: Golden.names)
    func theTowersOutputIsTheReferencesAndTheTokensAreTheSame(name: String) throws {
        let golden = try Golden(name)
        let encoder = try golden.encoder()
        let image = try golden.image()
        var output = Matrix(zeros: 0, encoder.configuration.hiddenSize)
        let grid = try encoder.encode(image, softTokens: golden.softTokens(), towerOutput: &output)
        #expect(grid == (try encoder.encode(image, softTokens: golden.softTokens())))
        #expect(output.rows == grid.tokens.rows && output.columns == encoder.configuration.hiddenSize)
        let expected = try golden.file.floats("vision.tower_out").prefix(output.values.count)
        // The picture is resized here: an 8-bit level of difference in some pixels shows in the output.
        let distance = zip(output.values, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let energy = expected.reduce(0) { $0 + $1 * $1 }
        #expect((distance / energy).squareRoot() < 0.02)
    }
}
