/// One figure of a report on long streams.
package enum StreamFigure: Hashable, Sendable {
    case objectsF1
    /// Kinds named that are not there, an answer.
    case objectsFalse
    case ask(StreamMeasure)
    /// In-domain questions that were answered with "i don't know".
    case refused
    /// Word errors, by condition.
    case words(String)
    case sentences
    /// Spoken questions, typed at the same moment, and as they were spoken.
    case typed, spoken, spokenLess
    /// Sounds that nothing else was heard with, and the others.
    case soundsAlone, soundsMixed
    case chatterUnanswered, chatterNoWords
    /// Words, and sounds, out of nothing, an hour.
    case inventedWords, inventedSounds
    case noticed, noticedTruly
    case said
    /// What a standing instruction said that was not due, an hour of it.
    case saidFalsely
    /// Stream less fresh look, in points.
    case fresh(StreamMeasure?), freshF1

    /// How its samples become a value.
    enum Estimator {
        case share
        /// The share of the samples that are not right.
        case wrong
        case mean(Figure.Unit)
        /// As if as many were to be answered with yes as with no.
        case balanced
        /// Errors over words.
        case errors
        /// Events over hours.
        case hourly
    }

    var estimator: Estimator {
        switch self {
        case .ask(.presence): .balanced
        case .ask(.absent), .ask(.unknowable): .wrong
        case .objectsF1: .mean(.share)
        case .objectsFalse: .mean(.plain)
        case .spokenLess, .fresh, .freshF1: .mean(.points)
        case .words: .errors
        case .inventedWords, .inventedSounds, .saidFalsely: .hourly
        default: .share
        }
    }

    var name: String {
        switch self {
        case .objectsF1: "objects.f1"
        case .objectsFalse: "objects.absent"
        case .ask(.objects): "objects.exact"
        case .ask(.absent): "absent.nonsense"
        case .ask(.unknowable): "unknowable.nonsense"
        case .ask(let measure): measure.rawValue
        case .refused: "refused"
        case .words(let condition): "words.\(condition)"
        case .sentences: "words.exact"
        case .typed: "spoken.typed"
        case .spoken: "spoken.spoken"
        case .spokenLess: "spoken.difference"
        case .soundsAlone: "sounds"
        case .soundsMixed: "sounds.mixed"
        case .chatterUnanswered: "chatter.unanswered"
        case .chatterNoWords: "chatter.nowords"
        case .inventedWords: "invented.words"
        case .inventedSounds: "invented.sounds"
        case .noticed: "noticed.recall"
        case .noticedTruly: "noticed.precision"
        case .said: "instructions.said"
        case .saidFalsely: "instructions.false"
        case .fresh(nil): "fresh"
        case .fresh(let measure?): "fresh.\(measure.rawValue)"
        case .freshF1: "fresh.objects.f1"
        }
    }

    var label: String {
        switch self {
        case .objectsF1: "objects named, F1"
        case .objectsFalse: "  named but absent, an answer"
        case .ask(.objects): "  exactly right"
        case .ask(let measure): measure.label
        case .refused: "in-domain questions refused"
        case .words(let condition): "word error rate, \(condition)"
        case .sentences: "sentences without an error"
        case .typed: "spoken questions, typed"
        case .spoken: "  the same spoken"
        case .spokenLess: "  spoken less typed, points"
        case .soundsAlone: "sounds named"
        case .soundsMixed: "  over something else"
        case .chatterUnanswered: "others' talk not answered"
        case .chatterNoWords: "  nor written down as words"
        case .inventedWords: "words out of nothing, an hour"
        case .inventedSounds: "sounds out of nothing, an hour"
        case .noticed: "put and taken noticed in 2 s"
        case .noticedTruly: "  right of what was noticed"
        case .said: "instructions, said when due"
        case .saidFalsely: "  false, an hour of them"
        case .fresh(nil): "stream less fresh look, points"
        case .fresh(let measure?): "  \(measure.rawValue)"
        case .freshF1: "  objects, F1"
        }
    }

    /// In the order of the report; conditions of words are those that there were.
    static func all(conditions: [String]) -> [StreamFigure] {
        let asks: [StreamMeasure] = [
            .presence, .taken, .colour, .count, .spatial, .change, .heard, .last, .ago, .dark, .two, .again, .absent, .unknowable,
        ]
        let fresh: [StreamFigure] = [.fresh(nil), .freshF1] + StreamMeasure.allCases.map { .fresh($0) }
        return [.objectsF1, .ask(.objects), .objectsFalse] + asks.map { .ask($0) } + [.refused] + conditions.map { .words($0) }
            + [
                .sentences, .typed, .spoken, .spokenLess, .soundsAlone, .soundsMixed, .chatterUnanswered, .chatterNoWords,
                .inventedWords, .inventedSounds, .noticed, .noticedTruly, .said, .saidFalsely,
            ] + fresh
    }
}
