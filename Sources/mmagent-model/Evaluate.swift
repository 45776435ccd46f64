import ArgumentParser
import Foundation
import ModelTools
import Tensors

struct Evaluate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure how well a model sees, hears and answers, on a labelled set.",
        discussion: """
            FOLDER holds evaluation.jsonl with its pictures and sounds; models/nano/evaluation is a small one, and \
            `python -m training.run evaluation --out DIR` makes larger ones. Each row goes through a stream of its own, the way \
            of the daemon. Every figure comes with the number it rests on and its 95 % interval: wilson for shares of right and \
            wrong, normal for means, bootstrap over utterances and sounds for words, poisson for none invented.

            MEASURES
            \(EvaluationMeasure.allCases.map { "  " + $0.rawValue }.joined(separator: "\n"))
            """)

    @OptionGroup var model: ModelArguments
    @Option(help: ArgumentHelp("The folder of the set.", valueName: "folder"), completion: .directory) var set: String
    @Option(help: "Only the first rows of each sort.") var limit: Int?
    @Option(help: "Only these measures, as objects,words.") var measures: String?
    @Option(help: "A WAV file of silence and noise: how many words are invented in it.", completion: .file(extensions: ["wav"]))
    var noise: String?
    @Flag(help: "Use the sparse vision mode.") var sparse = false
    @Option(help: "Of the sparse mode: how far a token's input must move to be computed anew, as [video] sparse_threshold.")
    var sparseThreshold: Float = 0.14
    @Option(help: ArgumentHelp("Two runs and their difference: exact,sparse or two of f32, bf16, q8.", valueName: "a,b"))
    var compare: String?
    @Option(help: "Write every answer that is not right to this file, a JSON object a line.", completion: .file()) var failures: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        if sparseThreshold < 0 { throw ValidationError("--sparse-threshold must be 0 or more, not \(sparseThreshold)") }
        if let limit, limit < 1 { throw ValidationError("--limit must be 1 or more, not \(limit)") }
        do {
            _ = try measures.map(EvaluateCommand.measures)
            _ = try compare.map(command().compared)
        } catch let error as EvaluationError { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let file = try failures.map(FailureFile.init)
        var results: [EvaluationResult] = []
        let commands = try compare.map { try command().compared($0) } ?? [command()]
        for command in commands {
            let name = "\(command.weights.rawValue), \(command.isSparse ? "sparse" : "exact")"
            let line = ProgressLine(prefix: commands.count > 1 ? name + ": " : "")
            results.append(
                try await command.run(progress: line.show) { failure in
                    var failure = failure
                    if commands.count > 1 { failure.run = name }
                    try file?.write(failure)
                })
            line.clear()
        }
        if results.count == 2 {
            let comparison = EvaluationComparison(results[0], results[1])
            try print(json ? Self.object(comparison) : comparison.text)
        } else {
            try print(json ? Self.object(results[0]) : results[0].text)
        }
    }

    private func command() throws -> EvaluateCommand {
        var command = EvaluateCommand(directory: model.directory, weights: model.weights ?? .q8, threads: model.threads, set: set)
        command.noise = noise
        command.measures = try measures.map(EvaluateCommand.measures)
        command.limit = limit
        command.isSparse = sparse
        command.sparseThreshold = sparseThreshold
        return command
    }

    private static func object(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
