import ArgumentParser
import Foundation
import ModelTools

struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tokenize",
        abstract: "Show a text's tokens: the id of each, and what the vocabulary has under it.",
        discussion: """
            Without a text the standard input is read, whole. Special tokens in it, as <turn|>, are the characters that they are \
            written with, as in a question, unless --special is given. Nothing is added to the text.

            EXAMPLES
              mmagent-model tokenize models/nano "a red mug"
              mmagent-model tokenize models/nano --special "<|turn>user" --json
            """)

    @Argument(help: "The model directory.", completion: .directory) var directory: String
    @Argument(help: "The text; several are shown one after the other.") var texts: [String] = []
    @Flag(help: "Read special tokens in the text as such.") var special = false
    @Flag(help: "Print one JSON array.") var json = false

    func validate() throws { try requireDirectory(directory) }

    func run() throws {
        var texts = texts
        if texts.isEmpty {
            let data = FileHandle.standardInput.readDataToEndOfFile()
            guard let text = String(data: data, encoding: .utf8) else {
                throw ValidationError("the standard input is not UTF-8: convert it first (iconv -t UTF-8)")
            }
            texts = [text]
        }
        let found = try Tokenization.of(texts, directory: directory, readsSpecial: special)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(found), as: UTF8.self))
        } else {
            print(found.map(\.table).joined(separator: "\n"))
        }
    }
}
