import AgentProtocol
import Capture
import Foundation
import Media
import Session

/// A stream of its own for one row: frames and sound go in at their times, questions are asked as clients ask them, and what
/// the session says by itself is collected, all on the daemon's way.
struct EvaluationStream: Sendable {
    /// A tenth of a second, as microphones deliver.
    private static let samplesPerBlock = AudioBlock.sampleRate / 10
    /// Of silence after a sound, so that the detector finds its end.
    private static let silenceAfter = 1.0

    private let engine: AgentEngine
    private let replay: Replay
    private let log = EventLog()

    /// - Parameters:
    ///   - instruction: the standing instruction of the client that follows the stream; nil: it has none.
    ///   - functions: what the client that asks declares.
    init(
        model: AgentModel, options: StreamOptions, thread: EngineThread, instruction: String? = nil, functions: [FunctionDeclaration] = []
    ) async throws {
        engine = AgentEngine(model: model, options: options, thread: thread)
        replay = Replay(engine: engine, functions: functions)
        try await replay.connect()
        var setup = Setup()
        setup.attach = AgentEngine.mainSession
        setup.subscribe = Set(Topic.allCases)
        setup.isProactive = instruction != nil
        setup.systemInstruction = instruction.map { .text($0) }
        _ = try await engine.connect(ClientContext.ID(2), setup: setup, sink: log, server: "mmagent-model", features: [])
    }

    /// Takes in a frame.
    /// - Returns: the dense passes of the tower that it took; nil if it was found unchanged.
    @discardableResult
    func show(_ frame: VideoFrame) async -> Double? {
        let before = await engine.status()?.counters
        await engine.push(frame)
        await engine.settle()
        guard let before, let after = await engine.status()?.counters, after.encodedFrames > before.encodedFrames else { return nil }
        return after.visionWork - before.visionWork
    }

    /// Takes in a WAV file and a second of silence.
    /// - Parameter onBlock: called before each block with the media time at which it begins, in seconds.
    func play(_ path: String, from start: Double = 0, onBlock: (Double) async throws -> Void = { _ in }) async throws {
        let source = try Sources.audio(.file(path), AudioOptions(loop: false, realtime: false, origin: MediaTime(seconds: start)))
        try await source.start()
        var end = MediaTime(seconds: start)
        reading: while true {
            for event in source.read(maximumSamples: Self.samplesPerBlock) {
                switch event {
                case .block(let block):
                    try await onBlock(block.start.seconds)
                    end = block.end
                    await hear(block)
                case .ended: break reading
                case .lost(let reason, let remedy): throw ReplayError.lost(source: path, reason: reason, remedy: remedy)
                case .gap, .recovered: break
                }
            }
        }
        await source.stop()
        let silence = [Float](repeating: 0, count: Self.samplesPerBlock)
        for _ in 0..<Int(Self.silenceAfter * Double(AudioBlock.sampleRate)) / Self.samplesPerBlock {
            let block = AudioBlock(start: end, samples: silence)
            try await onBlock(end.seconds)
            end = block.end
            await hear(block)
        }
    }

    private func hear(_ block: AudioBlock) async {
        await engine.push(block)
        await engine.settle()
    }

    func ask(_ question: String) async throws -> Replay.Answer { try await replay.askAlone(question) }

    /// What a function returned that the last answer called, in the model's own syntax -> what is said then.
    func respond(_ response: String) async throws -> Replay.Answer { try await replay.respond(response) }

    /// What was heard and said since the last call. The one place that knows how transcripts, spoken answers and what is said
    /// unasked come out of the session.
    func heardAndSaid() async -> HeardAndSaid {
        await engine.settle()
        return log.take()
    }

    /// Sounds that the model was asked about so far, and the seconds of them. Costs a question.
    func sounds() async throws -> (count: Int, seconds: Double) {
        let seconds = Double(await engine.status()?.counters.audioTokens ?? 0) / 25
        // Turns are numbered t1, t2, … as they begin, and nothing but sounds began any before this one.
        let turn = try await replay.askAlone("?").turn
        return ((Int(turn.dropFirst()) ?? 1) - 1, seconds)
    }
}
