import ArgumentParser
import ModelTools

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what is in a model directory: sizes, towers, cache, names.",
        discussion: """
            Configuration, tokenizer, special tokens and weights are compared with each other, as when the model is loaded: every \
            tensor's name and shape with what config.json asks for. Then all weights are read, and must be numbers. What does not \
            belong together, or is no number, is named, the first of it; tensors outside of every part that config.json describes \
            are told as ignored. Exit status: 0 all is well, 1 it is not.
            """)

    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    func validate() throws { try requireDirectory(directory) }

    func run() throws {
        print(try Inspection(directory: directory).text)
    }
}
