package import Checkpoint

/// What of a played recording is right. Each part of the truth has rules of its own, in a file of its own.
package struct StreamScorer {
    let truth: StreamTruth
    let record: StreamRecord
    let kinds: [ModelExtras.Kind]
    package internal(set) var tally: StreamTally
    package internal(set) var failures: [EvaluationFailure] = []

    /// - Parameter tally: what is added to.
    package init(truth: StreamTruth, record: StreamRecord, kinds: [ModelExtras.Kind], tally: StreamTally = StreamTally()) {
        self.truth = truth
        self.record = record
        self.kinds = kinds
        self.tally = tally
    }

    package mutating func score() {
        scoreAsks()
        scoreHearing()
        scoreNoticing()
        scoreInstructions()
        let asked = record.answers.values.compactMap(\.firstToken) + record.typed.values.compactMap(\.firstToken)
        tally.firstTokenMilliseconds += asked.map { $0 * 1000 }
        tally.frameMilliseconds += record.cost.frameMilliseconds
        if let work = record.cost.visionWork { tally.visionWork.append(work) }
        failures.sort { ($0.time ?? 0) < ($1.time ?? 0) }
    }

    mutating func add(_ figure: StreamFigure, _ isRight: Bool, isYes: Bool = false, at time: Double) {
        tally.add(figure, isRight, isYes: isYes, at: time, length: truth.seconds)
    }

    mutating func add(_ figure: StreamFigure, _ value: Double, of: Double = 1, at time: Double) {
        tally.add(figure, value, of: of, at: time, length: truth.seconds)
    }

    mutating func fail(_ figure: StreamFigure, _ question: String, _ expected: [String], _ got: String, at time: Double) {
        var failure = EvaluationFailure(id: truth.id, measure: figure.name, question: question, expected: expected, got: got)
        failure.time = time
        failure.image = truth.frames.last { $0.time <= time }?.image
        failures.append(failure)
    }

    func isMuted(_ device: StreamTruth.Mute.Device, from: Double, to: Double) -> Bool {
        truth.muted.contains { $0.device == device && $0.from < to && from < $0.to }
    }
}
