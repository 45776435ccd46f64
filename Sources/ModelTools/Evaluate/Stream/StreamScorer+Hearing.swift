/// What was spoken and what sounded, against what was published of it.
extension StreamScorer {
    private typealias Transcript = (text: String, from: Double, to: Double, turn: String?)

    /// Seconds by which the detector's ends of a sound may lie beside the true ones: it lets through 0.2 s from before the onset.
    private static let slack = 0.4

    mutating func scoreHearing() {
        let transcripts: [Transcript] = record.notes.compactMap { note in
            if case .words(let text, let from, let to, let turn) = note { (text, from, to, turn) } else { nil }
        }.sorted { $0.from < $1.from }
        let answers = Dictionary(
            record.notes.compactMap { note in if case .answer(let turn, let text) = note { (turn, text) } else { nil } }
        ) { $1 }
        let words = truth.words.enumerated().filter { !isMuted(.microphone, from: $0.element.from, to: $0.element.to) }
        scoreSentences(words.map(\.element), transcripts)
        for (number, sentence) in words { scoreSpoken(number, sentence, transcripts, answers) }
        scoreSounds(transcripts)
        scoreChatter(transcripts, answers)
        scoreSilence(transcripts)
    }

    private static func overlap(_ from: Double, _ to: Double, _ otherFrom: Double, _ otherTo: Double) -> Bool {
        from < otherTo + slack && otherFrom < to + slack
    }

    /// Sentences that were heard as one sound are compared together, under the hardest condition among them.
    private mutating func scoreSentences(_ words: [StreamTruth.Words], _ transcripts: [Transcript]) {
        var group = Array(words.indices)
        for transcript in transcripts {
            let own = words.indices.filter { Self.overlap(words[$0].from, words[$0].to, transcript.from, transcript.to) }
            guard let first = own.first else { continue }
            let merged = Set(own.map { group[$0] })
            for index in group.indices where merged.contains(group[index]) { group[index] = group[first] }
        }
        for name in Set(group).sorted() {
            let own = group.indices.filter { group[$0] == name }.map { words[$0] }
            guard let first = own.first else { continue }
            let heard = transcripts.filter { transcript in
                own.contains { Self.overlap($0.from, $0.to, transcript.from, transcript.to) }
            }.map(\.text).joined(separator: " ")
            let condition = (own.min { ($0.decibels ?? .infinity) < ($1.decibels ?? .infinity) } ?? first).condition
            let spoken = own.map(\.text).joined(separator: " ")
            var errors = WordErrors()
            let count = errors.add(reference: spoken, heard: heard)
            add(.words(condition), Double(count), of: Double(WordErrors.words(spoken).count), at: first.from)
            add(.sentences, count == 0, at: first.from)
            if count > 0 { fail(.words(condition), "", [spoken], heard, at: first.from) }
        }
    }

    /// A question cut in two by a pause is answered twice; the newest answer is the one that stays.
    private mutating func scoreSpoken(
        _ number: Int, _ sentence: StreamTruth.Words, _ transcripts: [Transcript], _ answers: [String: String]
    ) {
        guard let accepted = sentence.answers, let typed = record.typed[number]?.text else { return }
        let heard = transcripts.filter { Self.overlap(sentence.from, sentence.to, $0.from, $0.to) }
        let said = heard.compactMap { $0.turn.flatMap { answers[$0] } }.last ?? ""
        let (isTyped, isSpoken) = (AnswerScoring.isRight(typed, accepted), AnswerScoring.isRight(said, accepted))
        add(.typed, isTyped, at: sentence.to)
        add(.spoken, isSpoken, at: sentence.to)
        add(.spokenLess, 100 * ((isSpoken ? 1.0 : 0) - (isTyped ? 1 : 0)), at: sentence.to)
        let question = sentence.typed ?? sentence.text
        if !isTyped { fail(.typed, question, accepted, typed, at: sentence.to) }
        let words = heard.map(\.text).joined(separator: " ")
        if !isSpoken { fail(.spoken, "\(question) (heard: \(words))", accepted, said, at: sentence.to) }
    }

    private mutating func scoreSounds(_ transcripts: [Transcript]) {
        for (number, sound) in truth.sounds.enumerated() where !isMuted(.microphone, from: sound.from, to: sound.to) {
            let (from, to) = (sound.from, sound.to)
            let others = truth.sounds.enumerated().filter { $0.offset != number }.map { ($0.element.from, $0.element.to) }
            let isMixed = (others + truth.words.map { ($0.from, $0.to) } + truth.chatter.map { ($0.from, $0.to) })
                // The detector joins what lies closer together than its silence of 0.6 s.
                .contains { $0.0 < to + StreamAgenda.answerDelay && from < $0.1 + StreamAgenda.answerDelay }
            let named = Set(soundNotes.filter { Self.overlap($0.at, $0.at, from, to) }.map(\.name))
            let words = transcripts.filter { Self.overlap($0.from, $0.to, from, to) }.map(\.text)
            let isUnremarkable = EvaluationRow.SoundClass(rawValue: sound.sound)?.isUnremarkable == true
            let figure: StreamFigure = isMixed ? .soundsMixed : .soundsAlone
            let right = isMixed ? named.contains(sound.sound) : words.isEmpty && named == (isUnremarkable ? [] : [sound.sound])
            guard !isMixed || !isUnremarkable else { continue }
            add(figure, right, at: from)
            if !right { fail(figure, "", [sound.sound], (named.sorted().map { "(\($0))" } + words).joined(separator: " "), at: from) }
        }
    }

    private var soundNotes: [(name: String, at: Double)] {
        record.notes.compactMap { note in if case .sound(let name, let at) = note { (name, at) } else { nil } }
    }

    /// What a sentence of the domain lies over may be taken down as that sentence.
    private mutating func scoreChatter(_ transcripts: [Transcript], _ answers: [String: String]) {
        for span in truth.chatter where !isMuted(.microphone, from: span.from, to: span.to) {
            guard !truth.words.contains(where: { Self.overlap($0.from, $0.to, span.from, span.to) }) else { continue }
            let heard = transcripts.filter { Self.overlap($0.from, $0.to, span.from, span.to) }
            let said = heard.compactMap { $0.turn.flatMap { answers[$0] } }.filter { !AnswerScoring.normalised($0).isEmpty }
            add(.chatterUnanswered, said.isEmpty, at: span.from)
            add(.chatterNoWords, heard.isEmpty, at: span.from)
            let words = heard.map(\.text).joined(separator: " ")
            if !said.isEmpty { fail(.chatterUnanswered, "(heard: \(words))", [], said.joined(separator: " "), at: span.from) }
            if !heard.isEmpty { fail(.chatterNoWords, "", [], words, at: span.from) }
        }
    }

    /// What is heard where nothing sounded is invented.
    private mutating func scoreSilence(_ transcripts: [Transcript]) {
        let spans =
            truth.words.map { ($0.from, $0.to) } + truth.sounds.map { ($0.from, $0.to) } + truth.chatter.map { ($0.from, $0.to) }
        func isInvented(_ from: Double, _ to: Double) -> Bool { !spans.contains { Self.overlap(from, to, $0.0, $0.1) } }
        for figure in [StreamFigure.inventedWords, .inventedSounds] {
            tally.expose(figure, from: 0, to: truth.seconds, length: truth.seconds)
        }
        for transcript in transcripts where isInvented(transcript.from, transcript.to) {
            let count = WordErrors.words(transcript.text).count
            guard count > 0 else { continue }
            add(.inventedWords, Double(count), at: transcript.from)
            fail(.inventedWords, "", [], transcript.text, at: transcript.from)
        }
        for sound in soundNotes where isInvented(sound.at, sound.at) {
            add(.inventedSounds, 1, at: sound.at)
            fail(.inventedSounds, "", [], sound.name, at: sound.at)
        }
    }
}
