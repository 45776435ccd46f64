import Foundation

/// What it noticed in the picture unasked, against what was put down and taken away.
extension StreamScorer {
    struct Claim: Equatable {
        let kind: StreamTruth.Change.Kind
        let object: String
    }

    /// Seconds after a change in which it counts as noticed; a little for the frame's own time.
    private static let window = -0.1...2.1
    /// Seconds around an exchange of everything, or a shift of the camera, in which a claim is neither right nor false.
    private static let excused = 3.0

    mutating func scoreNoticing() {
        var open = Array(truth.observations.indices)
        let notes = record.notes.compactMap { note -> (text: String, at: Double)? in
            if case .noticed(let text, let at) = note { (text, at) } else { nil }
        }
        for note in notes.sorted(by: { $0.at < $1.at }) {
            for claim in Self.claims(in: note.text, named: named) {
                let met = open.filter { index in
                    let change = truth.observations[index]
                    return change.kind == claim.kind && change.object == claim.object && Self.window.contains(note.at - change.time)
                }
                open.removeAll(where: met.contains)
                if met.isEmpty, isExcused(note.at) { continue }
                add(.noticedTruly, !met.isEmpty, at: note.at)
                if met.isEmpty { fail(.noticedTruly, "", [], note.text, at: note.at) }
            }
        }
        for (index, change) in truth.observations.enumerated()
        where !isExcused(change.time) && !isMuted(.camera, from: change.time, to: change.time + Self.window.upperBound) {
            let wasNoticed = !open.contains(index)
            add(.noticed, wasNoticed, at: change.time)
            guard !wasNoticed else { continue }
            let near = notes.filter { Self.window.contains($0.at - change.time) }.map(\.text).joined(separator: " ")
            fail(.noticed, "", ["\(change.object) \(change.kind.rawValue)"], near, at: change.time)
        }
    }

    private func isExcused(_ time: Double) -> Bool {
        truth.events.contains { ["exchange", "shift"].contains($0.kind) && abs($0.time - time) <= Self.excused }
    }

    /// "a mug and a book were put down and a key was taken away." as claims of one kind each.
    static func claims(in text: String, named: (String) -> Set<String>) -> [Claim] {
        text.lowercased().matches(of: #/(.*?)\b(?:was|were) (put down|taken away|moved)/#).flatMap { match -> [Claim] in
            let kind: StreamTruth.Change.Kind
            switch match.2 {
            case "put down": kind = .put
            case "taken away": kind = .taken
            default: return []
            }
            return named(String(match.1)).sorted().map { Claim(kind: kind, object: $0) }
        }
    }
}
