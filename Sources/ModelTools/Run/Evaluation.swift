import AgentProtocol
import Checkpoint
import Foundation
import ImageFiles
import Media
public import Session

/// Measures a model on labelled scenes, through the same stream and ask path as the daemon's.
///
/// `scenes.jsonl` holds one scene a line:
///
///     {"image":"scene-0001.png","objects":["book","mug"],"asks":[
///       {"question":"what is on the desk?","kind":"list","objects":["book","mug"]},
///       {"question":"is there a mug?","kind":"presence","answer":"yes"}]}
public struct Evaluation: Sendable {
    public struct Scene: Decodable, Sendable {
        public struct Question: Decodable, Sendable {
            public let question: String
            public let kind: String
            public let objects: [String]?
            public let answer: String?
        }

        public let image: String
        public let asks: [Question]
    }

    /// A mean with its 95 % interval (normal approximation over scenes or questions).
    public struct Figure: Codable, Sendable, Equatable {
        public let mean: Double
        public let halfWidth: Double
        public let count: Int

        init(_ values: [Double]) {
            count = values.count
            let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
            self.mean = mean
            let variance = values.count < 2 ? 0 : values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
            halfWidth = values.isEmpty ? 0 : 1.96 * (variance / Double(values.count)).squareRoot()
        }

        public var text: String { String(format: "%.3f ± %.3f (n = %d)", mean, halfWidth, count) }
    }

    public struct Result: Codable, Sendable, Equatable {
        /// F1 of the named against the labelled kinds, averaged over scenes; an empty desk called empty counts 1.
        public var listF1 = Figure([])
        /// Kinds named that are not there, a scene.
        public var hallucinated = Figure([])
        public var presence = Figure([])
        /// Presence questions whose right answer is yes, and no: their mean is the balanced accuracy.
        public var presenceYes = Figure([])
        public var presenceNo = Figure([])
        /// Milliseconds from question to first token.
        public var firstToken = Figure([])

        public var text: String {
            """
            objects named, F1 a scene       \(listF1.text)
            named but absent, a scene       \(hallucinated.text)
            presence, accuracy              \(presence.text)
              right answer yes              \(presenceYes.text)
              right answer no               \(presenceNo.text)
            question to first token, ms     \(firstToken.text)
            """
        }
    }

    private struct Tally {
        var f1: [Double] = []
        var hallucinated: [Double] = []
        var yes: [Double] = []
        var no: [Double] = []
        var firstToken: [Double] = []
    }

    private let model: AgentModel
    private let options: StreamOptions

    public init(model: AgentModel, options: StreamOptions) {
        self.model = model
        self.options = options
    }

    /// - Parameters:
    ///   - directory: holds scenes.jsonl and the pictures it names.
    ///   - limit: evaluate only the first scenes.
    ///   - onScene: called after each scene with its number, the number of scenes, and the answers.
    public func run(
        directory: String, limit: Int? = nil,
        onScene: (Int, Int, [(question: String, answer: String, right: Bool)]) -> Void = { _, _, _ in }
    ) async throws -> Result {
        let scenes = try Self.scenes(directory).prefix(limit ?? .max)
        let thread = EngineThread(name: "mmagent-evaluate")
        defer { thread.stop() }
        var tally = Tally()
        for (index, scene) in scenes.enumerated() {
            let image = try ImageFiles.read(path: directory + "/" + scene.image)
            let engine = AgentEngine(model: model, options: options, thread: thread)
            let replay = Replay(engine: engine)
            try await replay.connect()
            await engine.push(VideoFrame(time: .zero, image: image, sequence: 0))
            while await engine.step(now: nil) {}
            var answers: [(String, String, Bool)] = []
            for question in scene.asks {
                let answer = try await replay.askAlone(question.question)
                tally.firstToken.append(answer.firstToken * 1000)
                answers.append((question.question, answer.text, score(answer.text, question, into: &tally)))
            }
            onScene(index + 1, scenes.count, answers)
        }
        var result = Result()
        result.listF1 = Figure(tally.f1)
        result.hallucinated = Figure(tally.hallucinated)
        result.presence = Figure(tally.yes + tally.no)
        result.presenceYes = Figure(tally.yes)
        result.presenceNo = Figure(tally.no)
        result.firstToken = Figure(tally.firstToken)
        return result
    }

    private func score(_ answer: String, _ question: Scene.Question, into tally: inout Tally) -> Bool {
        if let objects = question.objects, question.kind == "list" {
            let truth = Set(objects)
            let named = named(in: answer)
            let hits = Double(named.intersection(truth).count)
            let f1 = truth.isEmpty && named.isEmpty ? 1 : 2 * hits / Double(truth.count + named.count)
            tally.f1.append(f1)
            tally.hallucinated.append(Double(named.subtracting(truth).count))
            return named == truth
        }
        let right = answer.lowercased().hasPrefix(question.answer ?? "")
        if question.answer == "yes" { tally.yes.append(right ? 1 : 0) } else { tally.no.append(right ? 1 : 0) }
        return right
    }

    /// The kinds whose name or phrase stands in the answer as whole words.
    func named(in answer: String) -> Set<String> {
        let words = " " + answer.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : " " }.joined() + " "
        let flat = words.split(separator: " ").joined(separator: " ")
        return Set(
            (model.extras?.kinds ?? []).filter { kind in
                [kind.name, kind.phrase].contains { " \(flat) ".contains(" \($0.lowercased()) ") }
            }.map(\.name))
    }

    static func scenes(_ directory: String) throws -> [Scene] {
        let path = directory + "/scenes.jsonl"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw EvaluationError.missing(path: path)
        }
        let decoder = JSONDecoder()
        return try data.split(separator: UInt8(ascii: "\n")).enumerated().map { index, line in
            do {
                return try decoder.decode(Scene.self, from: Data(line))
            } catch {
                throw EvaluationError.malformed(path: path, line: index + 1, reason: "\(error)")
            }
        }
    }
}

public enum EvaluationError: Error, CustomStringConvertible {
    case missing(path: String)
    case malformed(path: String, line: Int, reason: String)

    public var description: String {
        switch self {
        case .missing(let path):
            "\(path) does not exist: make scenes with `python -m training.run evaluate-set --out DIR`"
        case .malformed(let path, let line, let reason):
            "\(path):\(line): not a scene: \(reason)"
        }
    }
}
