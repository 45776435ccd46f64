import Foundation
import ImageFiles
import Match
import Media
import Session
import Tensors

/// Sentences that look for their frame, or their sound, among a hundred: the share that ranks its own first.
package struct RetrievalEvaluation {
    /// Items that a sentence chooses from; groups of consecutive rows, a last one that is not full is left out.
    static let group = 100

    let matcher: Matcher
    let set: EvaluationSet

    /// - Parameters:
    ///   - rows: rows of retrieval only.
    ///   - onFailure: called with a row, its sentence, and the item that was ranked first.
    /// - Returns: by `frame` and `sound`, an outcome for each row of a full group.
    func run(
        _ rows: [EvaluationRow], onRow: () -> Void, onFailure: (EvaluationRow, String, EvaluationRow) throws -> Void
    ) throws -> [String: [Bool]] {
        var outcomes: [String: [Bool]] = [:]
        for modality in MatchHead.Modality.allCases {
            let own = rows.filter { ($0.audio == nil) == (modality == .frame) }
            for start in stride(from: 0, through: own.count - Self.group, by: Self.group) {
                let group = Array(own[start..<start + Self.group])
                let captions = group.map { if case .retrieval(let caption) = $0.task { caption } else { "" } }
                var items: [[Float]] = []
                for row in group {
                    items.append(try embedding(of: row))
                    onRow()
                }
                let scores = captions.map { caption in
                    let sentence = matcher.embedding(of: caption)
                    return items.map { matcher.head.score(sentence, $0, modality) }
                }
                let found = Self.found(scores, captions: captions)
                outcomes[modality.rawValue, default: []] += found
                for (index, isRight) in found.enumerated() where !isRight {
                    let others = group.indices.filter { captions[$0] != captions[index] }
                    let best = others.max { scores[index][$0] < scores[index][$1] } ?? index
                    try onFailure(group[index], captions[index], group[best])
                }
            }
        }
        return outcomes
    }

    /// Whether each sentence ranks an item first that it describes: its own, on the diagonal, or another with the same caption.
    /// It must score above all that have another caption: a tie is wrong.
    package static func found(_ scores: [[Float]], captions: [String]) -> [Bool] {
        scores.enumerated().map { index, row in
            let isRight = row.indices.map { captions[$0] == captions[index] }
            let best = zip(row, isRight).reduce(-Float.infinity) { $1.1 ? max($0, $1.0) : $0 }
            return zip(row, isRight).allSatisfy { $1 || $0 < best }
        }
    }

    private func embedding(of row: EvaluationRow) throws -> [Float] {
        let file = row.audio ?? row.frames[0].image
        do {
            return row.audio == nil
                ? try matcher.embedding(ofFrame: ImageFiles.read(path: set.file(file)))
                : try matcher.embedding(ofSound: SoundFile.samples(set.file(file)), name: file)
        } catch {
            throw set.error(row, file, error)
        }
    }
}
