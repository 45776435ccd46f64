import AgentProtocol
import Capture
import Foundation
import Media
import Session
public import Tensors
import VisionEncoder

/// `mmagent-model run`: recordings in, answers out.
public struct RunCommand: Sendable {
    /// Of films and folders of pictures.
    public static let framesPerSecond = VideoOptions.framesPerSecond

    private let directory: String
    private let weights: WeightFormat
    private let threads: Int
    private let audio: String?
    private let video: String?
    private let framesPerSecond: Double
    private let seconds: Double?
    private let loop: Bool
    private let sparse: Bool

    public init(
        directory: String, weights: WeightFormat, threads: Int, audio: String?, video: String?, framesPerSecond: Double, seconds: Double?,
        loop: Bool, sparse: Bool
    ) {
        self.directory = directory
        self.weights = weights
        self.threads = threads
        self.audio = audio
        self.video = video
        self.framesPerSecond = framesPerSecond
        self.seconds = seconds
        self.loop = loop
        self.sparse = sparse
    }

    /// - Parameter onDamage: told of the first picture that cannot be read; it and all like it are passed over.
    /// - Returns: what taking the recordings in came to, for the log.
    public func run(
        questions: [String], onDamage: @escaping (String) -> Void = { _ in }, onAnswer: (Replay.Answer) -> Void
    ) async throws -> String {
        let model = try AgentModel(directory: directory, weights: weights, pool: ThreadPool(threads: ThreadPool.count(threads)))
        var options = StreamOptions()
        if sparse { options.visionMode = .sparse(SparseParameters()) }
        let thread = EngineThread(name: "mmagent-run")
        defer { thread.stop() }
        let engine = AgentEngine(model: model, options: options, thread: thread)
        let replay = Replay(engine: engine)
        try await replay.connect()
        let begin = ContinuousClock.now
        let sound = try Sources.audio(audio.map { .file($0) } ?? .none, AudioOptions(loop: loop, realtime: false, origin: .zero))
        let pictures = try Sources.video(
            video.map { .file($0) } ?? .none, VideoOptions(fps: framesPerSecond, loop: loop, realtime: false, origin: .zero))
        var reached = 0.0
        var nextNote = 60.0
        var damaged = 0
        let passOver: Replay.Damage = { count, reason, remedy in
            if damaged == 0 { onDamage("  a picture is passed over, as others like it will be: \(reason); \(remedy)") }
            damaged += count
        }
        try await replay.play(audio: sound, video: pictures, seconds: seconds, onDamage: passOver) { time in
            reached = time
            guard time >= nextNote else { return }
            nextNote += 60
            let memory = Double(ResidentMemory.anonymous ?? 0) / 1e6
            FileHandle.standardError.write(Data(String(format: "  %.0f s of media, %.1f MB allocated\n", time, memory).utf8))
        }
        let taken = (ContinuousClock.now - begin).inSeconds
        for question in questions { onAnswer(try await replay.ask(question)) }
        guard let status = await engine.status() else { return "" }
        let counters = status.counters
        let error = sparse ? await engine.visionError().map { String(format: "; sparse error of the last frame %.4f", $0) } ?? "" : ""
        return String(
            format: """
                %.1f s of media in %.1f s; %d frames, %d encoded (%.2f dense passes of work), %d unchanged; %d audio tokens
                cache %d rows, %.1f MB; evicted %d; allocated memory %.1f MB
                """,
            reached, taken, counters.frames, counters.encodedFrames, counters.visionWork, counters.unchangedFrames, counters.audioTokens,
            status.cachedRows, Double(status.cacheBytes) / 1e6, counters.evictedRows, Double(ResidentMemory.anonymous ?? 0) / 1e6) + error
            + (damaged > 0 ? "\n\(damaged) of the pictures could not be read and are in none of these figures" : "")
    }
}

extension ThreadPool {
    /// The number of threads for a setting in which 0 means: one for each core.
    public static func count(_ setting: Int) -> Int {
        setting == 0 ? ProcessInfo.processInfo.activeProcessorCount : setting
    }
}
