import Match
import Session
public import Tensors
import VisionEncoder

/// `mmagent-model evaluate`: one run of a model over a set.
public struct EvaluateCommand: Sendable, EvaluationVariant {
    public let directory: String
    public var weights: WeightFormat
    public let threads: Int
    /// The folder with evaluation.jsonl.
    public let set: String
    /// A WAV file of silence and noise.
    public var noise: String?
    /// Nil: all that the set and the model allow.
    public var measures: Set<EvaluationMeasure>?
    /// At most so many rows of each sort.
    public var limit: Int?
    public var isSparse = false
    /// The set is of the world outside: its figures come by condition.
    public var isOutside = false
    /// What `[video] sparse_threshold` is for the daemon.
    public var sparseThreshold: Float = 0.14

    public init(directory: String, weights: WeightFormat, threads: Int, set: String) {
        self.directory = directory
        self.weights = weights
        self.threads = threads
        self.set = set
    }

    /// `objects,words`, as a command line gives them.
    public static func measures(_ list: String) throws(EvaluationError) -> Set<EvaluationMeasure> {
        var measures: Set<EvaluationMeasure> = []
        for name in list.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            guard let measure = EvaluationMeasure(rawValue: name) else { throw .measures(name) }
            measures.insert(measure)
        }
        guard !measures.isEmpty else { throw .measures(list) }
        return measures
    }

    /// - Parameters:
    ///   - progress: called after each row, and each second of noise.
    ///   - onFailure: called with each answer that is not right.
    public func run(
        progress: (EvaluationProgress) -> Void = { _ in }, onFailure: @escaping (EvaluationFailure) throws -> Void = { _ in }
    ) async throws -> EvaluationResult {
        // Outside there are no hundreds to find one's own among.
        let wanted = (measures ?? Set(EvaluationMeasure.allCases)).subtracting(isOutside ? [.retrieval] : [])
        let rows = try EvaluationSet(directory: set, measures: wanted, limit: limit)
        guard !rows.rows.isEmpty || noise != nil else { throw EvaluationError.empty(path: rows.path) }
        let pool = ThreadPool(threads: ThreadPool.count(threads))
        let model = try AgentModel(directory: directory, weights: weights, pool: pool)
        var options = StreamOptions()
        if isSparse { options.visionMode = .sparse(SparseParameters(inputThreshold: sparseThreshold)) }
        let thread = EngineThread(name: "mmagent-evaluate")
        defer { thread.stop() }
        let run = EvaluationRun(model: directory, weights: weights.rawValue, vision: isSparse ? "sparse" : "exact", set: set)
        var evaluation = Evaluation(
            model: model, options: options, set: rows, measures: wanted, thread: thread, onFailure: onFailure)
        let retrieval = rows.rows.filter { $0.sort == .retrieval }
        var meter = EvaluationProgress(of: rows.rows.count, unit: "rows")
        func advance() {
            meter.done += 1
            progress(meter)
        }
        if isOutside {
            let figures = try await byCondition(rows.rows, evaluation, onRow: advance)
            return EvaluationResult(run: run, figures: figures, notes: [])
        }
        try await evaluation.run(rows.rows.filter { $0.sort != .retrieval }, onRow: advance)
        var tally = evaluation.tally
        var notes: [String] = []
        if !retrieval.isEmpty {
            if measures == nil, !MatchHead.exists(in: directory) {
                notes.append("retrieval was not measured: \(MatchError.noHead(directory: directory))")
            } else {
                let matcher = try Matcher(model: model, directory: directory, pool: pool)
                tally.found = try RetrievalEvaluation(matcher: matcher, set: rows).run(retrieval, onRow: advance) { row, caption, best in
                    try onFailure(
                        EvaluationFailure(
                            id: row.id, measure: EvaluationMeasure.retrieval.rawValue, question: caption, expected: [row.id], got: best.id))
                }
                let sounds = retrieval.count { $0.audio != nil }
                for (kind, count) in [("frames", retrieval.count - sounds), ("sounds", sounds)] where count % RetrievalEvaluation.group > 0
                {
                    notes.append(
                        "retrieval is measured in groups of \(RetrievalEvaluation.group): the last \(count % RetrievalEvaluation.group) of "
                            + "\(count) \(kind) were left out")
                }
            }
        }
        if let noise {
            var heard = EvaluationProgress(of: nil, unit: "s of noise")
            try await evaluation.listen(to: noise) { second in
                guard Int(second) > heard.done else { return }
                heard.done = Int(second)
                progress(heard)
            }
            tally.noise = evaluation.tally.noise
        }
        return EvaluationResult(run: run, figures: tally.figures, notes: notes)
    }

    /// The figures of each condition, in the order in which the set has them.
    private func byCondition(_ rows: [EvaluationRow], _ fresh: Evaluation, onRow: () -> Void) async throws -> [NamedFigure] {
        var conditions: [String] = []
        for row in rows where !conditions.contains(row.condition ?? Self.plain) { conditions.append(row.condition ?? Self.plain) }
        var figures: [NamedFigure] = []
        for condition in conditions {
            var evaluation = fresh
            try await evaluation.run(rows.filter { ($0.condition ?? Self.plain) == condition }, onRow: onRow)
            figures += evaluation.tally.accuracies.map {
                NamedFigure(name: "\(condition).\($0.name)", label: "\(condition): \($0.label.drop { $0 == " " })", figure: $0.figure)
            }
        }
        return figures
    }

    /// Of rows without one.
    private static let plain = "plain"
}
