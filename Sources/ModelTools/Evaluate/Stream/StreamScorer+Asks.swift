/// Questions: in the stream, in other words, and on a fresh look.
extension StreamScorer {
    mutating func scoreAsks() {
        for (number, ask) in truth.asks.enumerated() {
            guard let answer = record.answers[number]?.text else { continue }
            let right = isRight(answer, ask)
            let figure = StreamFigure.ask(ask.measure)
            add(figure, right, isYes: AnswerScoring.isRight("yes", ask.answers ?? []), at: ask.time)
            // What has just been taken away is among what is absent.
            if ask.measure == .taken { add(.ask(.presence), right, at: ask.time) }
            if ask.measure == .objects { scoreObjects(answer, ask) }
            if ask.measure.isKnowable { add(.refused, !right && Self.isRefusal(answer), at: ask.time) }
            tally.add(StreamTally.Worded(measure: ask.measure, wording: ask.wording ?? .plain, isRight: right))
            let expected = ask.objects?.sorted() ?? ask.answers ?? []
            if !right { fail(figure, ask.question, expected, answer, at: ask.time) }
            guard let fresh = record.fresh[number]?.text else { continue }
            let difference = 100 * ((right ? 1.0 : 0) - (isRight(fresh, ask) ? 1 : 0))
            add(.fresh(nil), difference, at: ask.time)
            add(.fresh(ask.measure), difference, at: ask.time)
            if ask.measure == .objects { add(.freshF1, 100 * (f1(answer, ask) - f1(fresh, ask)), at: ask.time) }
            if difference < 0 { fail(.fresh(ask.measure), ask.question, [fresh], answer, at: ask.time) }
        }
    }

    private mutating func scoreObjects(_ answer: String, _ ask: StreamTruth.Ask) {
        add(.objectsF1, f1(answer, ask), at: ask.time)
        add(.objectsFalse, Double(named(in: answer).subtracting(ask.objects ?? []).count), at: ask.time)
    }

    private func isRight(_ answer: String, _ ask: StreamTruth.Ask) -> Bool {
        guard ask.measure == .objects else { return AnswerScoring.isRight(answer, ask.answers ?? []) }
        return named(in: answer) == Set(ask.objects ?? [])
    }

    private func f1(_ answer: String, _ ask: StreamTruth.Ask) -> Double {
        AnswerScoring.f1(named: named(in: answer), truth: Set(ask.objects ?? []))
    }

    /// Kinds, and what the model says it does not know, under the name that sets give it.
    func named(in text: String) -> Set<String> {
        AnswerScoring.named(in: text, of: kinds).union(text.lowercased().contains(Self.unknownPhrase) ? [Self.unknown] : [])
    }

    private static let unknown = "unknown"
    private static let unknownPhrase = "i don't know"
    private static let refusals = ["i don't know", "i don't remember", "i cannot", "i only know"]

    /// Whether an answer says no more than that it knows none.
    package static func isRefusal(_ answer: String) -> Bool {
        let answer = AnswerScoring.normalised(answer)
        return refusals.contains(where: answer.hasPrefix)
    }
}
