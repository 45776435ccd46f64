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

    @Test(arguments: WeightFormat.allCases, [true, false])
    func itNamesWhatLiesOnTheDeskAtTheEndOfTheRecording(weights: WeightFormat, sound: Bool) async throws {
        let answer = try await answers(after: nil, sound: sound, weights: weights, to: ["what is on the desk?"])[0]
        for object in try #require(truth().timeline.last).objects { #expect(answer.contains(object), "\(answer)") }
    }

    @Test func itSaysYesAndNo() async throws {
        let present = try #require(truth().timeline.last).objects
        let questions = ["is there a mug?", "is there a lamp?", "is there a banana?", "is there a laptop?"]
        #expect(present.contains("mug") && present.contains("lamp") && !present.contains("banana") && !present.contains("laptop"))
        #expect(try await answers(after: nil, sound: true, weights: .q8, to: questions) == ["yes.", "yes.", "no.", "no."])
    }

    @Test func itsFiguresOnTheCommittedScenesAreAboveTheFloors() async throws {
        let result = try await EvaluateCommand(directory: Self.model, weights: .q8, threads: 2)
            .run(scenes: Self.model + "/evaluation", limit: nil) { _, _, _ in }
        #expect(result.listF1.count == 24)
        #expect(result.listF1.mean >= 0.8)
        #expect(result.presence.mean >= 0.85)
    }

    @Test func quantisationChangesNoFigureByMuch() async throws {
        var figures: [Double] = []
        for weights in [WeightFormat.f32, .q8] {
            let result = try await EvaluateCommand(directory: Self.model, weights: weights, threads: 2)
                .run(scenes: Self.model + "/evaluation", limit: nil) { _, _, _ in }
            figures.append(result.listF1.mean)
        }
        #expect(abs(figures[0] - figures[1]) <= 0.03)
    }
}
