import ArgumentParser
import ModelTools

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what is in a model directory: sizes, towers, cache, names.",
        discussion: """
            Configuration, tokenizer, special tokens and weights are compared with each other, as when the model is loaded; of \
            what does not belong together the first is named. Exit status: 0 they do, 1 they do not.
            """)

    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    func validate() throws { try requireDirectory(directory) }

    func run() throws {
        print(try Inspection(directory: directory).text)
    }
}
