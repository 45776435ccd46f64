import Session
public import Tensors

/// `mmagent-model evaluate`.
public struct EvaluateCommand: Sendable {
    private let directory: String
    private let weights: WeightFormat
    private let threads: Int

    public init(directory: String, weights: WeightFormat, threads: Int) {
        self.directory = directory
        self.weights = weights
        self.threads = threads
    }

    public func run(
        scenes: String, limit: Int?, onScene: (Int, Int, [(question: String, answer: String, right: Bool)]) -> Void
    ) async throws -> Evaluation.Result {
        let model = try AgentModel(directory: directory, weights: weights, pool: ThreadPool(threads: ThreadPool.count(threads)))
        return try await Evaluation(model: model, options: StreamOptions()).run(directory: scenes, limit: limit, onScene: onScene)
    }
}
