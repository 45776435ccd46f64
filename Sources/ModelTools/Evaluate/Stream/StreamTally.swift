/// Every single outcome of long streams, by what it counts for and when it was, and the figures that follow from them.
package struct StreamTally: Sendable {
    /// A third of a stream.
    package enum Part: Int, CaseIterable, Sendable {
        case first, middle, last

        var name: String { ["first", "middle", "last"][rawValue] }
    }

    struct Sample: Sendable {
        let part: Part
        let minute: Int
        /// 1: right, or one event; errors; a difference; a score.
        let value: Double
        /// Words of an utterance, hours of exposure.
        var of = 1.0
        /// The right answer is yes.
        var isYes = false
    }

    struct Worded: Sendable {
        let measure: StreamMeasure
        let wording: StreamTruth.Ask.Wording
        let isRight: Bool
    }

    private(set) var samples: [StreamFigure: [Sample]] = [:]
    private(set) var worded: [Worded] = []
    var firstTokenMilliseconds: [Double] = []
    var frameMilliseconds: [Double] = []
    /// Dense passes an encoded frame, a stream.
    var visionWork: [Double] = []

    package init() {}

    /// - Parameters:
    ///   - seconds: from the stream's beginning.
    ///   - length: of the stream, in seconds.
    mutating func add(_ figure: StreamFigure, _ value: Double, of: Double = 1, isYes: Bool = false, at seconds: Double, length: Double) {
        let part = Part(rawValue: min(2, max(0, Int(3 * seconds / length)))) ?? .last
        samples[figure, default: []].append(
            Sample(part: part, minute: max(0, Int(seconds / 60)), value: value, of: of, isYes: isYes))
    }

    mutating func add(_ figure: StreamFigure, _ isRight: Bool, isYes: Bool = false, at seconds: Double, length: Double) {
        add(figure, isRight ? 1 : 0, isYes: isYes, at: seconds, length: length)
    }

    /// Hours in which events of an hourly figure could have happened, third by third.
    mutating func expose(_ figure: StreamFigure, from: Double, to: Double, length: Double) {
        for part in Part.allCases {
            let (begin, end) = (length * Double(part.rawValue) / 3, length * Double(part.rawValue + 1) / 3)
            let seconds = min(to, end) - max(from, begin)
            if seconds > 0 { add(figure, 0, of: seconds / 3600, at: (begin + end) / 2, length: length) }
        }
    }

    mutating func add(_ worded: Worded) { self.worded.append(worded) }

    package func figure(_ figure: StreamFigure, _ part: Part? = nil) -> Figure? {
        let chosen = (samples[figure] ?? []).filter { part == nil || $0.part == part }
        guard !chosen.isEmpty else { return nil }
        switch figure.estimator {
        case .share: return Figure.share(chosen.map { $0.value > 0 })
        case .wrong: return Figure.share(chosen.map { $0.value == 0 })
        case .mean(let unit): return Figure.mean(chosen.map(\.value), unit: unit)
        case .balanced:
            return Figure.balanced(chosen.filter(\.isYes).map { $0.value > 0 }, chosen.filter { !$0.isYes }.map { $0.value > 0 })
        case .errors:
            var errors = WordErrors()
            for sample in chosen { errors.add(errors: Int(sample.value), words: Int(sample.of)) }
            return errors.rate()
        case .hourly:
            let events = Int(chosen.reduce(0) { $0 + $1.value })
            let hours = chosen.reduce(0) { $0 + ($1.value == 0 ? $1.of : 0) }
            return hours > 0 ? Figure.count(events, n: events).scaled(by: 1 / hours) : nil
        }
    }

    /// The last third less the first, in points; nil where a difference of thirds says nothing.
    package func drift(_ figure: StreamFigure) -> Figure? {
        switch figure.estimator {
        case .hourly, .mean(.plain), .mean(.points): return nil
        default: break
        }
        guard let first = self.figure(figure, .first), let last = self.figure(figure, .last) else { return nil }
        return Figure.points(last, less: first)
    }

    /// What a wording costs: its share of right answers less that of plain ones to questions of the same measure, in points.
    package func wording(_ wording: StreamTruth.Ask.Wording) -> Figure? {
        var (value, variance, total) = (0.0, 0.0, 0.0)
        for measure in StreamMeasure.allCases {
            let own = worded.filter { $0.measure == measure && $0.wording == wording }.map(\.isRight)
            let plain = worded.filter { $0.measure == measure && $0.wording == .plain }.map(\.isRight)
            guard let a = Figure.share(own), let b = Figure.share(plain) else { continue }
            func spread(_ share: Figure) -> Double { share.value * (1 - share.value) / Double(share.n) }
            let weight = Double(own.count)
            value += weight * (a.value - b.value)
            variance += weight * weight * (spread(a) + spread(b))
            total += weight
        }
        guard total > 0 else { return nil }
        let (mean, half) = (100 * value / total, 100 * Figure.z * variance.squareRoot() / total)
        return Figure(value: mean, low: mean - half, high: mean + half, n: Int(total), unit: .points, interval: .normal)
    }
}

extension Figure {
    /// The difference of two independent figures, in points (Newcombe 1998).
    package static func points(_ a: Figure, less b: Figure) -> Figure {
        func half(_ first: Double, _ second: Double) -> Double { (first * first + second * second).squareRoot() }
        let value = a.value - b.value
        return Figure(
            value: 100 * value, low: 100 * (value - half(a.value - a.low, b.high - b.value)),
            high: 100 * (value + half(a.high - a.value, b.value - b.low)), n: a.n + b.n, unit: .points, interval: a.interval)
    }

    func scaled(by factor: Double) -> Figure {
        Figure(value: value * factor, low: low * factor, high: high * factor, n: n, unit: unit, interval: interval)
    }

    /// A value that a share of the values is not above; nil of none.
    package static func percentile(_ share: Double, of values: [Double], unit: Unit) -> Figure? {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        return exactly(sorted[Int((share * Double(sorted.count - 1)).rounded())], n: sorted.count, unit: unit)
    }
}
