import ArgumentParser
import ModelTools

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Say what is in a model directory: sizes, towers, cache, names.")

    @Argument(help: "The model directory.", completion: .directory)
    var directory: String

    func run() throws {
        print(try Inspection(directory: directory).text)
    }
}
