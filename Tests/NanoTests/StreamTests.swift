import ModelTools
import Tensors
import Testing

/// The shipped model on five minutes of a held-out world, as the daemon lives them. Floors lie below the figures measured
/// when the model was made (objects 0.61, presence 0.80, sounds 0.75, changes noticed 0.56, talk of others unanswered 0.89;
/// word errors 0.26, nonsense about what it cannot know 0.00).
@Suite struct StreamTests {
    private static let floors = ["objects.f1": 0.42, "presence": 0.6, "sounds": 0.6, "noticed.recall": 0.4, "chatter.unanswered": 0.7]
    private static let ceilings = ["words.clean": 0.4, "unknowable.nonsense": 0.2]

    private func figures(rows: [Int]? = nil) async throws -> EvaluationResult {
        var command = StreamCommand(directory: NanoTests.model, weights: .q8, threads: 2, set: NanoTests.model + "/stream")
        command.rows = rows
        return try await command.run().result
    }

    @Test func itsFiguresOnAStreamAreAboveTheFloors() async throws {
        let result = try await figures()
        try expect(result, above: Self.floors, below: Self.ceilings)
    }

    /// What `mmagent.json` states is what the model can be given: on the budgets of a model with a long context it hears worse
    /// (0.33), and sees no better.
    @Test func theStreamThatItStatesSuitsIt() async throws {
        let (stated, longer) = (try await figures(), try await figures(rows: [4096, 2048, 2048, 1024]))
        #expect(try #require(stated["objects.f1"]).value > #require(longer["objects.f1"]).value - 0.05)
        #expect(try #require(stated["words.clean"]).value < #require(longer["words.clean"]).value)
    }
}
