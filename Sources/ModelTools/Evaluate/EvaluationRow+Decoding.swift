package import Foundation
import Tools

extension EvaluationRow {
    /// The line as it is written; every key but `id` depends on what the row is for.
    private struct Line: Decodable {
        let id: String
        let frames: [Frame]?
        let audio: String?
        let audioStart: Double?
        let asks: [Ask]?
        let condition: String?
        let functions: String?
        let words: String?
        let sound: String?
        let instruction: String?
        let spoken: [[String]]?
        let caption: String?
    }

    /// What is wrong with a line: key, value, remedy.
    private struct Problem: Error {
        let text: String
    }

    /// Seconds between frames that have no time.
    private static let frameInterval = 0.5

    package init(json: Data, line number: Int, path: String) throws(EvaluationError) {
        // Rows are written by programs, which write a key once; of one that stands twice Foundation keeps either.
        do {
            try self.init(try JSONDecoder().decode(Line.self, from: json), number)
        } catch let problem as Problem {
            throw .row(path: path, line: number, problem: problem.text)
        } catch let error as DecodingError {
            throw .row(path: path, line: number, problem: error.sentence)
        } catch {
            throw .row(path: path, line: number, problem: "\(error)")
        }
    }

    private init(_ row: Line, _ number: Int) throws {
        id = row.id
        line = number
        audio = row.audio
        condition = row.condition
        guard let functions = DeclarationReader.read(row.functions ?? "") else {
            throw Problem(
                text: "functions are no declarations in the model's own syntax: <|tool>declaration:NAME{…}<tool|>, one after the other")
        }
        self.functions = functions
        frames = try Self.timed(row.frames ?? [])
        audioStart = row.audioStart ?? 0
        guard audioStart >= 0 else { throw Problem(text: "audioStart is \(audioStart): give seconds from the row's beginning, 0 or more") }
        task = try Self.task(row, frames: frames, audioStart: audioStart)
        switch task {
        case .asks, .speakUp:
            guard !frames.isEmpty else { throw Problem(text: "frames is missing: a row with questions shows at least one") }
        case .spoken:
            guard !frames.isEmpty, audio != nil else { throw Problem(text: "frames or audio is missing: a spoken question has both") }
        case .words, .sound:
            guard audio != nil else { throw Problem(text: "audio is missing: name the WAV file") }
        case .retrieval:
            guard (frames.count == 1) != (audio != nil) else {
                throw Problem(
                    text: "a caption belongs to one frame or to one sound, this row has \(frames.count) frames and "
                        + "\(audio == nil ? "no" : "one") sound")
            }
        }
    }

    private static func timed(_ frames: [Frame]) throws -> [(image: String, time: Double)] {
        var last = 0.0
        return try frames.enumerated().map { index, frame in
            let time = frame.time ?? last + frameInterval
            guard time >= last else {
                throw Problem(text: "frames[\(index)].time is \(time), before the frame ahead of it at \(last): sort the frames by time")
            }
            last = time
            return (frame.image, time)
        }
    }

    private static func task(_ row: Line, frames: [(image: String, time: Double)], audioStart: Double) throws -> Task {
        let keys = [
            ("asks", row.asks != nil), ("words", row.words != nil), ("sound", row.sound != nil),
            ("instruction", row.instruction != nil), ("caption", row.caption != nil),
        ]
        let present = keys.filter(\.1).map(\.0)
        guard present.count == 1 else {
            let found = present.isEmpty ? "none" : present.joined(separator: " and ")
            throw Problem(text: "a row has one of \(keys.map(\.0).joined(separator: ", ")), this one has \(found)")
        }
        if let asks = row.asks { return try questions(asks, row, frames: frames, audioStart: audioStart) }
        if let words = row.words {
            guard !WordErrors.words(words).isEmpty else {
                throw Problem(text: "words is \"\(words)\": give what is spoken, at least a word")
            }
            return .words(words, condition: row.condition ?? "clean")
        }
        if let sound = row.sound {
            guard let known = SoundClass(rawValue: sound) else {
                throw Problem(text: "sound is \"\(sound)\": the classes are \(SoundClass.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return .sound(known)
        }
        if let caption = row.caption { return .retrieval(caption: caption) }
        let spoken = row.spoken ?? []
        guard spoken.count == frames.count else {
            throw Problem(text: "spoken has \(spoken.count) entries for \(frames.count) frames: give a list for each, [] for silence")
        }
        return .speakUp(instruction: row.instruction ?? "", spoken: spoken)
    }

    private static func questions(
        _ asks: [Ask], _ row: Line, frames: [(image: String, time: Double)], audioStart: Double
    ) throws -> Task {
        var known: [(measure: EvaluationMeasure, ask: Ask)] = []
        for (index, ask) in asks.enumerated() {
            guard let measure = EvaluationMeasure(rawValue: ask.measure), EvaluationMeasure.ofAsks.contains(measure) else {
                let names = EvaluationMeasure.ofAsks.map(\.rawValue).joined(separator: ", ")
                throw Problem(text: "asks[\(index)].measure is \"\(ask.measure)\": it is one of \(names)")
            }
            if measure == .objects ? ask.objects == nil : (ask.answers ?? []).isEmpty {
                let key = measure == .objects ? "objects" : "answers"
                throw Problem(text: "asks[\(index)].\(key) is missing: \(measure.rawValue) is measured against it")
            }
            if measure == .functions, (row.functions ?? "").isEmpty {
                throw Problem(text: "functions is missing: a row that measures their calls declares some, in the model's own syntax")
            }
            known.append((measure, ask))
        }
        let spoken = known.filter { $0.measure == .spoken }
        guard !known.isEmpty, spoken.isEmpty || spoken.count == known.count else {
            throw Problem(text: known.isEmpty ? "asks is empty: ask something" : "asks mixes spoken with others: give it a row of its own")
        }
        guard !spoken.isEmpty else { return .asks(known) }
        if let last = frames.last?.time, audioStart < last {
            throw Problem(text: "audioStart is \(audioStart), before the last frame at \(last): the question is spoken after all frames")
        }
        return .spoken(spoken.map(\.ask))
    }
}
