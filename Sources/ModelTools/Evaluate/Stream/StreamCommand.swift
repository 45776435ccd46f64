import AgentDaemon
import Checkpoint
import Foundation
import Interleaver
import Session
public import Tensors

/// `mmagent-model evaluate --protocol stream`: one run of a model over a set of long recordings.
public struct StreamCommand: Sendable, EvaluationVariant {
    public let directory: String
    public var weights: WeightFormat
    public let threads: Int
    /// The folder with set.json.
    public var set: String
    /// At most so much of each recording.
    public var minutes: Double?
    /// Only these streams; nil: all.
    public var streams: Set<String>?
    /// Rows of the stream in all, of video, audio and text; nil: what the daemon gives this model.
    public var rows: [Int]?
    public var isSparse = false
    /// What `[video] sparse_threshold` is for the daemon.
    public var sparseThreshold: Float = 0.14
    /// All recordings end to end, as one.
    public var joins = false
    /// The path of mmagentd, which plays the recordings in real time; nil: an engine in this process does, as fast as it can.
    public var daemon: String?

    public init(directory: String, weights: WeightFormat, threads: Int, set: String) {
        self.directory = directory
        self.weights = weights
        self.threads = threads
        self.set = set
    }

    /// `4096,2048,2048,1024`, as a command line gives them.
    public static func rows(_ list: String) throws(EvaluationError) -> [Int] {
        let rows = list.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0.filter { $0 != " " }) }
        guard rows.count == 4, rows.count == list.split(separator: ",", omittingEmptySubsequences: false).count,
            rows.allSatisfy({ $0 > 0 })
        else { throw .rows(list) }
        return rows
    }

    /// - Parameters:
    ///   - progress: called with every moment of the recordings that something happened at.
    ///   - onFailure: called with each answer that is not right, stream by stream.
    /// - Returns: the figures, and the curve.
    public func run(
        progress: (EvaluationProgress) -> Void = { _ in }, onFailure: (EvaluationFailure) throws -> Void = { _ in }
    ) async throws -> (result: EvaluationResult, curve: String) {
        let set = try StreamSet(directory: set, names: streams, minutes: minutes)
        let pool = ThreadPool(threads: ThreadPool.count(threads))
        let model = try AgentModel(directory: directory, weights: weights, pool: pool)
        guard model.visionEncoder != nil, model.audioEncoder != nil else {
            throw EvaluationError.stream(path: set.path, problem: "\(model.name) cannot be measured on it: it has no eyes or no ears")
        }
        let options = options(of: model)
        let thread = EngineThread(name: "mmagent-evaluate")
        defer { thread.stop() }
        var tally = StreamTally()
        var meter = EvaluationProgress(of: Int(set.seconds), unit: "s of stream")
        var before = 0.0
        for recording in joins ? [set.joined] : set.recordings {
            let host: any StreamHost
            if let daemon {
                host = try await LiveHost(recording: recording, program: daemon, configuration: live)
            } else {
                host = try await StreamReplay(recording: recording, model: model, options: options, thread: thread)
            }
            let record = try await StreamRun(recording: recording, host: host).run { seconds in
                meter.done = Int(before + seconds)
                progress(meter)
            }
            before += recording.truth.seconds
            var scorer = StreamScorer(truth: recording.truth, record: record, kinds: model.extras?.kinds ?? [], tally: tally)
            scorer.score()
            for failure in scorer.failures { try onFailure(failure) }
            tally = scorer.tally
        }
        let report = StreamReport(tally)
        var run = EvaluationRun(model: directory, weights: weights.rawValue, vision: isSparse ? "sparse" : "exact", set: self.set)
        run.rows = rows
        let result = EvaluationResult(run: run, figures: report.figures, notes: [], table: report.text)
        return (result, StreamCurve(tally).text)
    }

    /// Beside this program.
    public static var installedDaemon: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("mmagentd").path
    }

    private var live: LiveConfiguration {
        LiveConfiguration(
            model: directory, weights: weights, threads: threads, rows: rows, sparseThreshold: isSparse ? sparseThreshold : nil)
    }

    /// The stream as the daemon makes it for this model without a configuration file, but for what was asked to be otherwise.
    func options(of model: AgentModel) -> StreamOptions {
        var configuration = DaemonConfiguration()
        configuration.video.mode = isSparse ? .sparse : .exact
        configuration.video.sparseThreshold = Double(sparseThreshold)
        var options = configuration.streamOptions(model: model)
        if let rows {
            options.eviction = EvictionPolicy(totalRows: rows[0], videoRows: rows[1], audioRows: rows[2], textRows: rows[3])
        }
        return options
    }
}
