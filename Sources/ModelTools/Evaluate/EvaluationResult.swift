import Foundation

/// How a model was run.
public struct EvaluationRun: Codable, Sendable, Equatable {
    public let model: String
    public let weights: String
    /// `exact` or `sparse`.
    public let vision: String
    public let set: String
    /// Rows of the stream's budget in all, of video, audio and text, where they were given: else the model's own.
    public var rows: [Int]?

    public init(model: String, weights: String, vision: String, set: String) {
        self.model = model
        self.weights = weights
        self.vision = vision
        self.set = set
    }

    var title: String {
        "\(model), \(weights), \(vision) vision" + (rows.map { ", rows " + $0.map(String.init).joined(separator: ",") } ?? "")
            + ", on \(set)"
    }
}

/// The figures of one run, in the order in which they are printed.
public struct EvaluationResult: Sendable, Equatable {
    public let run: EvaluationRun
    public let figures: [NamedFigure]
    /// What was asked for and could not be measured, as sentences.
    public let notes: [String]
    /// The figures as a person reads them; nil: one a line.
    var table: String?

    public init(run: EvaluationRun, figures: [NamedFigure], notes: [String], table: String? = nil) {
        self.run = run
        self.figures = figures
        self.notes = notes
        self.table = table
    }

    public subscript(name: String) -> Figure? { figures.first { $0.name == name }?.figure }

    public var text: String {
        let lines = figures.map { $0.label.padding(toLength: 36, withPad: " ", startingAt: 0) + $0.figure.text }
        return ([run.title] + (table.map { [$0] } ?? lines) + notes.map { "note: \($0)" }).joined(separator: "\n")
    }
}

extension EvaluationResult: Encodable {
    private enum Key: CodingKey { case run, figures, notes }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(run, forKey: .run)
        try container.encode(Dictionary(uniqueKeysWithValues: figures.map { ($0.name, $0.figure) }), forKey: .figures)
        try container.encode(notes, forKey: .notes)
    }
}

/// Two runs on the same rows.
public struct EvaluationComparison: Sendable, Encodable {
    public let runs: [EvaluationResult]
    /// The second run less the first, by figure: shares in points of a hundred, others in their own unit.
    public let differences: [String: Double]

    public init(_ first: EvaluationResult, _ second: EvaluationResult) {
        runs = [first, second]
        var differences: [String: Double] = [:]
        for named in first.figures {
            guard let other = second[named.name] else { continue }
            differences[named.name] = (other.value - named.figure.value) * (named.figure.unit == .share ? 100 : 1)
        }
        self.differences = differences
    }

    public var text: String {
        let lines = runs[0].figures.compactMap { named -> String? in
            guard let difference = differences[named.name] else { return nil }
            let unit =
                switch named.figure.unit {
                case .share, .points: " points"
                case .milliseconds: " ms"
                case .plain: ""
                }
            return named.label.padding(toLength: 36, withPad: " ", startingAt: 0) + String(format: "%+.2f\(unit)", difference)
        }
        let title = "\(runs[1].run.weights), \(runs[1].run.vision) less \(runs[0].run.weights), \(runs[0].run.vision)"
        return (runs.map { $0.text + "\n" } + ([title] + lines)).joined(separator: "\n")
    }
}
