/// What standing instructions said, against when they were due: once for each event.
extension StreamScorer {
    /// Seconds after an event in which it may be said: a sound is over 0.6 s after its end.
    private static let window = -0.1...3.0

    mutating func scoreInstructions() {
        for (number, instruction) in truth.instructions.enumerated() {
            let said = record.notes.compactMap { note -> (text: String, at: Double)? in
                if case .said(number, let text, let at) = note { (text, at) } else { nil }
            }.sorted { $0.at < $1.at }
            tally.expose(.saidFalsely, from: instruction.from, to: instruction.to, length: truth.seconds)
            var open = instruction.due
            for saying in said {
                let met = open.firstIndex { due in
                    Self.window.contains(saying.at - due.time) && AnswerScoring.isRight(saying.text, due.answers)
                }
                if let met {
                    let due = open.remove(at: met)
                    if due.optional != true { add(.said, true, at: due.time) }
                } else {
                    add(.saidFalsely, 1, at: saying.at)
                    fail(.saidFalsely, instruction.text, [], saying.text, at: saying.at)
                }
            }
            for due in open where due.optional != true {
                add(.said, false, at: due.time)
                let near = said.filter { Self.window.contains($0.at - due.time) }.map(\.text).joined(separator: " ")
                fail(.said, instruction.text, due.answers, near, at: due.time)
            }
        }
    }
}
