import Foundation

/// Word error rate: the least insertions, deletions and substitutions of words over the number of words spoken.
package struct WordErrors: Sendable {
    /// Of each utterance.
    package private(set) var utterances: [(errors: Int, words: Int)] = []

    package init() {}

    /// - Returns: the errors of this utterance.
    @discardableResult
    package mutating func add(reference: String, heard: String) -> Int {
        let reference = Self.words(reference)
        let errors = Self.distance(reference, Self.words(heard))
        utterances.append((errors, reference.count))
        return errors
    }

    mutating func add(errors: Int, words: Int) { utterances.append((errors, words)) }

    /// Lower case, without punctuation but for an apostrophe inside a word.
    package static func words(_ text: String) -> [String] {
        let plain = text.lowercased().replacingOccurrences(of: "’", with: "'")
        return plain.split { !$0.isLetter && !$0.isNumber && $0 != "'" }
            .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "'")) }.filter { !$0.isEmpty }
    }

    /// Levenshtein distance.
    package static func distance(_ a: [String], _ b: [String]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let substitution = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }

    /// All errors over all words; the interval by resampling utterances, whose errors come together. Nil of none.
    package func rate(seed: UInt64 = 1) -> Figure? {
        Figure.resampled(utterances, unit: .share, seed: seed) { chosen in
            let (errors, words) = chosen.reduce((0, 0)) { ($0.0 + $1.errors, $0.1 + $1.words) }
            return Double(errors) / Double(max(1, words))
        }
    }
}
