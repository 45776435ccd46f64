import ModelTools
import Tensors
import Testing

/// The shipped model on five minutes of a held-out world, as the daemon lives them. Floors lie below the figures measured
/// when the set was made (objects 0.76, sounds 0.88, word errors 0.18, changes noticed 0.5).
@Suite struct StreamTests {
    private func figures(rows: [Int]? = nil) async throws -> EvaluationResult {
        var command = StreamCommand(directory: NanoTests.model, weights: .q8, threads: 2, set: NanoTests.model + "/stream")
        command.rows = rows
        return try await command.run().result
    }

    @Test func itsFiguresOnAStreamAreAboveTheFloors() async throws {
        let result = try await figures()
        for (name, floor) in ["objects.f1": 0.6, "sounds": 0.6, "noticed.recall": 0.3] {
            let figure = try #require(result[name], "\(name) is not measured")
            #expect(figure.value >= floor, "\(name): \(figure.value)")
        }
        #expect(try #require(result["words.clean"]).value <= 0.4)
    }

    /// What `mmagent.json` states is what the model can be given: on the budgets of a model with a long context it is much worse.
    @Test func theStreamThatItStatesSuitsIt() async throws {
        let (stated, longer) = (try await figures(), try await figures(rows: [4096, 2048, 2048, 1024]))
        #expect(try #require(stated["objects.f1"]).value > #require(longer["objects.f1"]).value + 0.1)
        #expect(try #require(stated["words.clean"]).value < #require(longer["words.clean"]).value - 0.2)
    }
}
