package import Checkpoint
import Foundation

/// Whether an answer is right.
package enum AnswerScoring {
    /// Lower case, white space trimmed and single, the final period left out.
    package static func normalised(_ answer: String) -> String {
        var text = answer.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        return text.trimmingCharacters(in: .whitespaces)
    }

    package static func isRight(_ answer: String, _ accepted: [String]) -> Bool {
        accepted.map(normalised).contains(normalised(answer))
    }

    /// Whether it calls a function, in the published syntax.
    package static func isCall(_ answer: String) -> Bool { answer.contains("<|tool_call>") }

    /// The kinds that the answer names, as whole words, by name, phrase or plural: sets, so that "two mugs" names a mug.
    package static func named(in answer: String, of kinds: [ModelExtras.Kind]) -> Set<String> {
        let words = flat(answer)
        return Set(kinds.filter { kind in forms(of: kind).contains { " \(words) ".contains(" \($0) ") } }.map(\.name))
    }

    /// `named` against `truth`: F1, 1 for an empty desk called empty.
    package static func f1(named: Set<String>, truth: Set<String>) -> Double {
        truth.isEmpty && named.isEmpty ? 1 : 2 * Double(named.intersection(truth).count) / Double(truth.count + named.count)
    }

    private static func forms(of kind: ModelExtras.Kind) -> [String] {
        let name = flat(kind.name)
        // "glasses" and "scissors" are plurals already; their plural is "pairs of …", which holds the name.
        let plural = ["s", "x", "ch", "sh"].contains(where: name.hasSuffix) ? name + "es" : name + "s"
        return [name, flat(kind.phrase), plural]
    }

    private static func flat(_ text: String) -> String {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    }
}
