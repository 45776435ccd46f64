import ArgumentParser
import Foundation
import ModelTools
import Tensors

struct Match: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Say which pictures and sounds a sentence describes best.",
        discussion: """
            Needs a model with match.safetensors. For each --text all pictures and sounds are listed, the most similar first. \
            A similarity is between 0 and 1 and orders what is compared; it is no probability.

            EXAMPLE
              mmagent-model match models/nano --frames recordings/desk/frames --text "a red mug" --text "a book and a lamp"
            """)

    @OptionGroup var model: ModelArguments
    @Option(parsing: .upToNextOption, help: "Pictures (JPEG or PNG), or folders of them.", completion: .file()) var frames: [String] = []
    @Option(parsing: .upToNextOption, help: "Sounds: WAV files.", completion: .file(extensions: ["wav"])) var sounds: [String] = []
    @Option(name: .customLong("text"), help: "A sentence; may be given several times.") var texts: [String]
    @Flag(help: "Print one JSON array.") var json = false

    func validate() throws {
        guard !frames.isEmpty || !sounds.isEmpty else {
            throw ValidationError("give --frames or --sounds, or both: there is nothing to match")
        }
        guard !texts.isEmpty else { throw ValidationError("give --text: what is to be looked for?") }
    }

    func run() throws {
        let rankings = try MatchCommand(directory: model.directory, weights: model.weights ?? .q8, threads: model.threads)
            .run(frames: frames, sounds: sounds, texts: texts)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(rankings), as: UTF8.self))
        } else {
            print(rankings.map(\.table).joined(separator: "\n"))
        }
    }
}
