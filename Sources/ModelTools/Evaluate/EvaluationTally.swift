import Foundation

/// Every single outcome, and the figures that follow from them.
struct EvaluationTally {
    /// F1 of the kinds named, a scene.
    var f1: [Double] = []
    /// Kinds named that are not there, a scene.
    var absent: [Double] = []
    /// Presence, by whether "yes" is right.
    var yes: [Bool] = []
    var no: [Bool] = []
    /// Colour, count, spatial, change.
    var exact: [EvaluationMeasure: [Bool]] = [:]
    /// Of requests that a declared function fits: whether it was called with the right arguments; of those that none fits: whether none was.
    var called: [Bool] = []
    var uncalled: [Bool] = []
    /// Of right calls: whether what was said after the response is right.
    var toldAfterCall: [Bool] = []
    var typed: [Bool] = []
    var spoken: [Bool] = []
    /// By condition.
    var words: [String: WordErrors] = [:]
    var sounds: [EvaluationRow.SoundClass: [Bool]] = [:]
    /// Of others' talk: whether nothing was answered to it, and no words of it written down.
    var unanswered: [Bool] = []
    var unwritten: [Bool] = []
    /// Of each frame under a standing instruction: whether something was to be said, was said, and was right.
    var frames: [(due: Bool, said: Bool, right: Bool)] = []
    /// By `frame` and `sound`: whether a sentence found its own among a hundred.
    var found: [String: [Bool]] = [:]
    var firstTokenMilliseconds: [Double] = []
    /// Dense passes that each changed frame took, but for the first of a stream, which always takes one.
    var visionWork: [Double] = []
    /// Of the recording of silence and noise, if there was one.
    var noise: Noise?

    struct Noise {
        /// Words invented in each sound that the model was asked about.
        var words: [Int]
        /// Taken for sound.
        var seconds: Double

        /// Words of one sound come together. Of none seen, resampling says nothing; that they are rare does.
        var invented: Figure? {
            words.allSatisfy { $0 == 0 }
                ? Figure.count(0, n: words.count) : Figure.resampled(words, unit: .plain) { Double($0.reduce(0, +)) }
        }
    }

    var figures: [NamedFigure] {
        let costs: [(String, String, Figure?)] = [
            ("latency.firstToken", "question to first token, ms", Figure.mean(firstTokenMilliseconds, unit: .milliseconds)),
            ("vision.work", "dense passes a changed frame", Figure.mean(visionWork, unit: .plain)),
        ]
        return accuracies + costs.compactMap { name, label, figure in figure.map { NamedFigure(name: name, label: label, figure: $0) } }
    }

    /// How right it was, without what it took.
    var accuracies: [NamedFigure] {
        var figures: [NamedFigure] = []
        func add(_ name: String, _ label: String, _ figure: Figure?) {
            if let figure { figures.append(NamedFigure(name: name, label: label, figure: figure)) }
        }
        add("objects.f1", "objects named, F1 a scene", Figure.mean(f1))
        add("objects.absent", "  named but absent, a scene", Figure.mean(absent, unit: .plain))
        add("presence", "presence, balanced accuracy", Figure.balanced(yes, no))
        add("presence.yes", "  right answer yes", Figure.share(yes))
        add("presence.no", "  right answer no", Figure.share(no))
        for measure in [EvaluationMeasure.colour, .count, .spatial, .change] {
            add(measure.rawValue, "\(measure.rawValue), exact answer", Figure.share(exact[measure] ?? []))
        }
        add("spoken.typed", "questions typed, exact answer", Figure.share(typed))
        add("spoken.spoken", "  the same spoken", Figure.share(spoken))
        let differences = zip(typed, spoken).map { 100 * (($1 ? 1.0 : 0) - ($0 ? 1 : 0)) }
        add("spoken.difference", "  spoken less typed, points", Figure.mean(differences, unit: .points))
        add("functions.called", "functions called, with their arguments", Figure.share(called))
        add("functions.uncalled", "  not called where none fits", Figure.share(uncalled))
        add("functions.told", "  told of the response", Figure.share(toldAfterCall))
        for (condition, errors) in words.sorted(by: { $0.key < $1.key }) {
            add("words.\(condition)", "word error rate, \(condition)", errors.rate())
        }
        let classes = EvaluationRow.SoundClass.allCases.filter { sounds[$0] != nil }
        add("sounds", "sounds told apart, accuracy", Figure.share(classes.flatMap { sounds[$0] ?? [] }))
        for name in classes { add("sounds.\(name.rawValue)", "  \(name.rawValue)", Figure.share(sounds[name] ?? [])) }
        add("chatter.unanswered", "others' talk not answered", Figure.share(unanswered))
        add("chatter.nowords", "  nor written down as words", Figure.share(unwritten))
        add("speakup", "speaks up, accuracy a frame", Figure.share(frames.map(\.right)))
        add("speakup.precision", "  right of what was said", Figure.share(frames.filter(\.said).map { $0.due && $0.right }))
        add("speakup.recall", "  said of what was due", Figure.share(frames.filter(\.due).map { $0.said && $0.right }))
        for kind in found.keys.sorted() {
            add("retrieval.\(kind)", "text finds its \(kind), R@1 of \(RetrievalEvaluation.group)", Figure.share(found[kind] ?? []))
        }
        if let noise {
            add("noise.words", "words invented from noise", noise.invented)
            add("noise.sounds", "  sounds the model was asked about", Figure.exactly(Double(noise.words.count), n: noise.words.count))
            add("noise.seconds", "  seconds taken for sound", Figure.exactly(noise.seconds, n: noise.words.count))
        }
        return figures
    }
}

/// A figure by its name, as in JSON, and by what a person reads.
public struct NamedFigure: Sendable, Equatable {
    public let name: String
    public let label: String
    public let figure: Figure
}
