import Checkpoint
import Foundation
import ImageFiles
import Media
import Session

/// Measures a model on the rows of a set, each on a stream of its own, through the same engine, forks and events as the
/// daemon's.
struct Evaluation {
    private let model: AgentModel
    private let options: StreamOptions
    private let set: EvaluationSet
    private let measures: Set<EvaluationMeasure>
    private let thread: EngineThread
    private let onFailure: (EvaluationFailure) throws -> Void
    private(set) var tally = EvaluationTally()

    init(
        model: AgentModel, options: StreamOptions, set: EvaluationSet, measures: Set<EvaluationMeasure>, thread: EngineThread,
        onFailure: @escaping (EvaluationFailure) throws -> Void
    ) {
        self.model = model
        self.options = options
        self.set = set
        self.measures = measures
        self.thread = thread
        self.onFailure = onFailure
    }

    /// - Parameter onRow: called after each row.
    mutating func run(_ rows: some Sequence<EvaluationRow>, onRow: () -> Void) async throws {
        for row in rows {
            try require(row)
            switch row.task {
            case .asks(let asks): try await answer(asks.filter { measures.contains($0.measure) }, row)
            case .spoken(let asks): try await answerSpoken(asks, row)
            case .words(let words, let condition): try await transcribe(words, condition, row)
            case .sound(let sound): try await tellApart(sound, row)
            case .speakUp(let instruction, let spoken): try await follow(instruction, spoken, row)
            case .retrieval: break
            }
            onRow()
        }
    }

    /// An hour or so of silence and noise: every word heard in it is invented.
    mutating func listen(to noise: String, onSecond: (Double) -> Void) async throws {
        let stream = try await EvaluationStream(model: model, options: hearing(answering: false), thread: thread)
        try await stream.play(noise) { onSecond($0) }
        let heard = await stream.heardAndSaid()
        let sounds = try await stream.sounds()
        for transcript in heard.transcripts { try fail(id: noise, "noise", "", [], transcript) }
        // Sounds of which nothing was published have no transcript.
        let words = heard.transcripts.map { WordErrors.words($0).count }
        let rest = [Int](repeating: 0, count: max(0, sounds.count - words.count))
        tally.noise = EvaluationTally.Noise(words: words + rest, seconds: sounds.seconds)
    }

    // MARK: Rows

    private mutating func answer(_ asks: [(measure: EvaluationMeasure, ask: EvaluationRow.Ask)], _ row: EvaluationRow) async throws {
        let stream = try await EvaluationStream(model: model, options: options, thread: thread, functions: row.functions)
        try await show(row, on: stream)
        for (measure, ask) in asks {
            let answer = try await self.ask(ask.question, stream)
            if measure == .objects {
                try scoreObjects(answer, ask, row)
            } else if measure == .functions {
                try await scoreCall(answer, ask, row, stream)
            } else {
                let answers = ask.answers ?? []
                let right = AnswerScoring.isRight(answer, answers)
                if measure != .presence {
                    tally.exact[measure, default: []].append(right)
                } else if AnswerScoring.isRight("yes", answers) {
                    tally.yes.append(right)
                } else {
                    tally.no.append(right)
                }
                if !right { try fail(id: row.id, measure.rawValue, ask.question, answers, answer) }
            }
        }
    }

    private mutating func scoreObjects(_ answer: String, _ ask: EvaluationRow.Ask, _ row: EvaluationRow) throws {
        let truth = Set(ask.objects ?? [])
        let named = AnswerScoring.named(in: answer, of: model.extras?.kinds ?? [])
        tally.f1.append(AnswerScoring.f1(named: named, truth: truth))
        tally.absent.append(Double(named.subtracting(truth).count))
        if named != truth { try fail(id: row.id, EvaluationMeasure.objects.rawValue, ask.question, truth.sorted(), answer) }
    }

    /// A call is right with its function and all its arguments: the syntax knows one way to write them.
    private mutating func scoreCall(
        _ answer: String, _ ask: EvaluationRow.Ask, _ row: EvaluationRow, _ stream: EvaluationStream
    ) async throws {
        let answers = ask.answers ?? []
        guard answers.contains(where: AnswerScoring.isCall) else {
            tally.uncalled.append(!AnswerScoring.isCall(answer))
            if tally.uncalled.last == false { try fail(id: row.id, "functions.uncalled", ask.question, answers, answer) }
            return
        }
        tally.called.append(answers.contains(answer.trimmingCharacters(in: .whitespaces)))
        guard tally.called.last == true else { return try fail(id: row.id, "functions.called", ask.question, answers, answer) }
        guard let response = ask.response, let accepted = ask.said else { return }
        let said = try await stream.respond(response).text
        tally.toldAfterCall.append(AnswerScoring.isRight(said, accepted))
        if tally.toldAfterCall.last == false { try fail(id: row.id, "functions.told", "\(ask.question) \(response)", accepted, said) }
    }

    /// The question typed after the frames, then spoken: the fork of the first leaves the stream as it was.
    private mutating func answerSpoken(_ asks: [EvaluationRow.Ask], _ row: EvaluationRow) async throws {
        let stream = try await EvaluationStream(model: model, options: hearing(answering: true), thread: thread)
        for index in row.frames.indices { try await show(index, row, on: stream) }
        for ask in asks {
            let answers = ask.answers ?? []
            let typed = try await self.ask(ask.question, stream)
            tally.typed.append(AnswerScoring.isRight(typed, answers))
            if tally.typed.last == false { try fail(id: row.id, "spoken.typed", ask.question, answers, typed) }
        }
        try await play(row, on: stream)
        let heard = await stream.heardAndSaid()
        // A question cut in two by a pause is answered twice; the newest answer is the one that stays.
        let said = heard.spokenAnswers.last ?? ""
        for ask in asks {
            let answers = ask.answers ?? []
            tally.spoken.append(AnswerScoring.isRight(said, answers))
            guard tally.spoken.last == false else { continue }
            try fail(id: row.id, "spoken.spoken", "\(ask.question) (heard: \(heard.words))", answers, said)
        }
    }

    private mutating func transcribe(_ words: String, _ condition: String, _ row: EvaluationRow) async throws {
        let heard = try await hear(row)
        let errors = tally.words[condition, default: WordErrors()].add(reference: words, heard: heard.words)
        if errors > 0 { try fail(id: row.id, "words.\(condition)", "", [words], heard.words) }
    }

    private mutating func tellApart(_ sound: EvaluationRow.SoundClass, _ row: EvaluationRow) async throws {
        let heard = try await hear(row, answering: sound == .chatter)
        if sound == .chatter {
            tally.unanswered.append(heard.spokenAnswers.allSatisfy { AnswerScoring.normalised($0).isEmpty })
            tally.unwritten.append(heard.transcripts.isEmpty)
            if tally.unanswered.last == false { try fail(id: row.id, "chatter.unanswered", heard.words, [], heard.spokenAnswers.joined()) }
        }
        let published = Set(heard.sounds + (WordErrors.words(heard.words).isEmpty ? [] : [EvaluationRow.SoundClass.speech.rawValue]))
        let right =
            switch sound {
            case .silence, .noise: heard.isNothing
            // That somebody spoke may be told, or not.
            case .chatter: heard.transcripts.isEmpty && published.isSubset(of: [EvaluationRow.SoundClass.speech.rawValue])
            case .speech, .music, .knock, .bell: published == [sound.rawValue]
            }
        tally.sounds[sound, default: []].append(right)
        if !right {
            let got = (heard.transcripts + heard.sounds.map { "(\($0))" }).joined(separator: " ")
            try fail(id: row.id, "sounds.\(sound.rawValue)", "", sound.isUnremarkable || sound == .chatter ? [] : [sound.rawValue], got)
        }
    }

    private mutating func follow(_ instruction: String, _ spoken: [[String]], _ row: EvaluationRow) async throws {
        let stream = try await EvaluationStream(model: model, options: options, thread: thread, instruction: instruction)
        for index in row.frames.indices {
            try await show(index, row, on: stream)
            let said = await stream.heardAndSaid().unsolicited.joined(separator: " ")
            let accepted = spoken[index]
            let isSilent = AnswerScoring.normalised(said).isEmpty
            let right = accepted.isEmpty ? isSilent : AnswerScoring.isRight(said, accepted)
            tally.frames.append((due: !accepted.isEmpty, said: !isSilent, right: right))
            if !right { try fail(id: "\(row.id)[\(index)]", EvaluationMeasure.speakUp.rawValue, instruction, accepted, said) }
        }
    }

    // MARK: Media

    /// Frames and, if there is one, the sound, by media time.
    private mutating func show(_ row: EvaluationRow, on stream: EvaluationStream) async throws {
        var shown = 0
        if let audio = row.audio {
            do {
                try await stream.play(set.file(audio), from: row.audioStart) { time in
                    while shown < row.frames.count, row.frames[shown].time <= time {
                        try await show(shown, row, on: stream)
                        shown += 1
                    }
                }
            } catch { throw set.error(row, audio, error) }
        }
        for index in shown..<row.frames.count { try await show(index, row, on: stream) }
    }

    private mutating func show(_ index: Int, _ row: EvaluationRow, on stream: EvaluationStream) async throws {
        let work = await stream.show(try picture(row.frames[index], index, row))
        if let work, index > 0 { tally.visionWork.append(work) }
    }

    private func picture(_ frame: (image: String, time: Double), _ index: Int, _ row: EvaluationRow) throws -> VideoFrame {
        do {
            let image = try ImageFiles.read(path: set.file(frame.image))
            return VideoFrame(time: MediaTime(seconds: frame.time), image: image, sequence: index)
        } catch {
            throw set.error(row, frame.image, error)
        }
    }

    /// The row's sound alone.
    private func play(_ row: EvaluationRow, on stream: EvaluationStream) async throws {
        guard let audio = row.audio else { return }
        do { try await stream.play(set.file(audio), from: row.audioStart) } catch { throw set.error(row, audio, error) }
    }

    private func hear(_ row: EvaluationRow, answering: Bool = false) async throws -> HeardAndSaid {
        let stream = try await EvaluationStream(model: model, options: hearing(answering: answering), thread: thread)
        try await play(row, on: stream)
        return await stream.heardAndSaid()
    }

    private func hearing(answering: Bool) -> StreamOptions {
        var options = options
        options.transcribes = true
        options.answersSpeech = answering
        return options
    }

    private mutating func ask(_ question: String, _ stream: EvaluationStream) async throws -> String {
        let answer = try await stream.ask(question)
        tally.firstTokenMilliseconds.append(answer.firstToken * 1000)
        return answer.text
    }

    /// A model without eyes or ears would be measured as one that says nothing.
    private func require(_ row: EvaluationRow) throws(EvaluationError) {
        func refuse(_ tower: String) -> EvaluationError {
            .cannot(model: model.name, measure: row.sort.rawValue, path: set.path, line: row.line, lacks: tower)
        }
        if !row.frames.isEmpty, model.visionEncoder == nil { throw refuse("vision tower") }
        if row.audio != nil, model.audioEncoder == nil { throw refuse("audio tower") }
    }

    private func fail(id: String, _ measure: String, _ question: String, _ expected: [String], _ got: String) throws {
        try onFailure(EvaluationFailure(id: id, measure: measure, question: question, expected: expected, got: got))
    }
}
