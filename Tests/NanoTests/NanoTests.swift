import Foundation
import ModelTools
import Session
import Tensors
import Testing

/// The shipped model on the shipped pictures, through the same stream and ask path as the daemon's. The floors lie well
/// below the figures in its model card: they catch a broken engine or export, not a slightly worse training.
@Suite struct NanoTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let model = root.appendingPathComponent("models/nano").path
    static let desk = root.appendingPathComponent("recordings/desk").path

    /// `recordings/desk/truth.json`.
    private struct Truth: Decodable {
        struct Entry: Decodable {
            let seconds: Double
            let objects: [String]
        }

        let timeline: [Entry]
        let seconds: Double
    }

    private func truth() throws -> Truth {
        try JSONDecoder().decode(Truth.self, from: Data(contentsOf: URL(fileURLWithPath: Self.desk + "/truth.json")))
    }

    private func answers(after seconds: Double?, sound: Bool, weights: WeightFormat, to questions: [String]) async throws -> [String] {
        var answers: [String] = []
        _ = try await RunCommand(
            directory: Self.model, weights: weights, threads: 2, audio: sound ? Self.desk + "/microphone.wav" : nil,
            video: Self.desk + "/frames",
            framesPerSecond: 2, seconds: seconds, loop: false, sparse: false
        ).run(questions: questions) { answers.append($0.text) }
        return answers
    }

    @Test(arguments: WeightFormat.allCases)
    func itNamesWhatLiesOnTheDeskAtTheEndOfTheRecording(weights: WeightFormat) async throws {
        let answer = try await answers(after: nil, sound: true, weights: weights, to: ["what is on the desk?"])[0]
        for object in try #require(truth().timeline.last).objects { #expect(answer.contains(object), "\(answer)") }
    }

    @Test func itSaysYesAndNo() async throws {
        let present = try #require(truth().timeline.last).objects
        let questions = ["is there a mug?", "is there a lamp?", "is there a banana?", "is there a laptop?"]
        #expect(present.contains("mug") && present.contains("lamp") && !present.contains("banana") && !present.contains("laptop"))
        #expect(try await answers(after: nil, sound: true, weights: .q8, to: questions) == ["yes.", "yes.", "no.", "no."])
    }

    private func figures(_ weights: WeightFormat) async throws -> EvaluationResult {
        try await EvaluateCommand(directory: Self.model, weights: weights, threads: 2, set: Self.model + "/evaluation").run()
    }

    @Test func itsFiguresOnTheCommittedSetAreAboveTheFloors() async throws {
        let result = try await figures(.q8)
        #expect(result["objects.f1"]?.n == 16)
        try expect(result, above: Self.floors, below: Self.ceilings)
    }

    private static let floors = [
        "objects.f1": 0.8, "presence": 0.85, "colour": 0.8, "count": 0.7, "spatial": 0.4, "change": 0.6, "sounds": 0.7,
    ]
    private static let ceilings = ["words.clean": 0.25, "words.noise10": 0.4]

    @Test func quantisationChangesNoFigureByMuch() async throws {
        let comparison = EvaluationComparison(try await figures(.f32), try await figures(.q8))
        #expect(abs(try #require(comparison.differences["objects.f1"])) <= 3)
    }
}

/// Floors and ceilings by the figures' names; one that was not measured is a failure.
func expect(_ result: EvaluationResult, above floors: [String: Double], below ceilings: [String: Double]) throws {
    for (name, floor) in floors {
        let figure = try #require(result[name], "\(name) is not measured")
        #expect(figure.value >= floor, "\(name): \(figure.value)")
    }
    for (name, ceiling) in ceilings {
        let figure = try #require(result[name], "\(name) is not measured")
        #expect(figure.value <= ceiling, "\(name): \(figure.value)")
    }
}
