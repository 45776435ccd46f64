import ArgumentParser
import Foundation
import ModelTools
import Tensors

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how well a model names what lies on the desk, on labelled scenes.",
        discussion: """
            SCENES is a folder with scenes.jsonl and pictures; models/nano/evaluation is a small one, and \
            `python -m training.run evaluate-set` makes larger ones. Each figure comes with its 95 % interval.
            """)

    @OptionGroup var model: ModelArguments
    @Option(help: "The folder of labelled scenes.", completion: .directory) var scenes: String
    @Option(help: "Only the first scenes.") var limit: Int?
    @Option(help: "Fail (exit code 1) below this F1.") var minimumF1 = 0.0
    @Option(help: "Fail (exit code 1) below this presence accuracy.") var minimumPresence = 0.0
    @Flag(help: "Print one JSON object.") var json = false
    @Flag(help: "Print every answer that is wrong.") var showErrors = false

    func run() async throws {
        let showErrors = showErrors
        let result = try await EvaluateCommand(
            directory: model.directory, weights: model.weights ?? .q8, threads: model.threads
        ).run(scenes: scenes, limit: limit) { done, of, answers in
            FileHandle.standardError.write(Data("\rscene \(done) of \(of)".utf8))
            guard showErrors else { return }
            for answer in answers where !answer.right { print("\rscene \(done): \(answer.question) -> \(answer.answer)") }
        }
        FileHandle.standardError.write(Data("\n".utf8))
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(result), as: UTF8.self))
        } else {
            print(result.text)
        }
        if result.listF1.mean < minimumF1 || result.presence.mean < minimumPresence {
            FileHandle.standardError.write(Data("below the floor: F1 \(minimumF1), presence \(minimumPresence)\n".utf8))
            throw ExitCode(1)
        }
    }
}
