import Checkpoint
import Foundation
import Session
import Tensors

/// `mmagent-model tokenize`: the ids of a text, each with what the vocabulary has under it.
public struct Tokenization: Codable, Sendable, Equatable {
    public struct Token: Codable, Sendable, Equatable {
        public let id: Int32
        /// As the vocabulary writes it: `▁mug`, `<0xE2>`, `<turn|>`.
        public let entry: String
    }

    public let text: String
    public let tokens: [Token]

    /// - Parameters:
    ///   - directory: the model directory.
    ///   - readsSpecial: `<turn|>` in the text is that token; otherwise the characters that it is written with, as in a question.
    /// - Throws: what keeps the model from being loaded.
    public static func of(_ texts: [String], directory: String, readsSpecial: Bool) throws -> [Tokenization] {
        let tokenizer = try ModelFiles(directory: directory, weights: .f32, pool: ThreadPool(threads: 1)).tokenizer
        return texts.map { text in
            let ids = readsSpecial ? tokenizer.encode(text) : tokenizer.encodePlain(text)
            return Tokenization(text: text, tokens: ids.map { Token(id: $0, entry: tokenizer.entry($0) ?? "") })
        }
    }

    /// A token a line: its id, and its entry in quotation marks, so that blanks are seen.
    public var table: String {
        let lines = tokens.map { token in
            let id = String(token.id)
            return String(repeating: " ", count: max(0, 8 - id.count)) + id + "  " + token.entry.debugDescription
        }
        return (lines + ["\(tokens.count) token\(tokens.count == 1 ? "" : "s")"]).joined(separator: "\n")
    }
}
