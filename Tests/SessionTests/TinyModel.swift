import AgentProtocol
import Checkpoint
import Foundation
import Media
import Session
import Synchronization
import Tensors

/// The committed tiny checkpoint (random weights, every mechanism on), loaded once for all tests.
enum TinyModel {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/golden/e2b").path
    static let shared: Result<AgentModel, any Error> = Result {
        try AgentModel(directory: directory, weights: .f32, pool: ThreadPool(threads: 2))
    }

    /// The same model as one of this project's own: it has prompts for what the engine asks.
    static let prompted = variant([
        "mmagent.json": #"{"prompts":{"transcribe":"transcribe.","notice":"what is new?","answersSpeech":true}}"#
    ])
    /// It ends every answer at once: each of its tokens is an end of turn.
    static let silent = shared.flatMap { model in
        variant([
            "mmagent.json": #"{"prompts":{"transcribe":"transcribe.","notice":"what is new?","answersSpeech":true}}"#,
            "generation_config.json": #"{"eos_token_id":\#(Array(0..<model.configuration.text.vocabularySize))}"#,
        ])
    }

    /// It was trained on frames of one size.
    static let oneResolution = variant(["mmagent.json": #"{"vision":{"max_soft_tokens":30}}"#])

    /// It was trained on no system turn but its own.
    static let unfollowing = variant(["mmagent.json": #"{"system":"you watch a desk","follows_instructions":false}"#])

    /// It was trained on frames told in part.
    static let takingDeltaFrames = variant(["mmagent.json": #"{"vision":{"delta_frames":true}}"#])

    /// It was trained on questions and sounds that begin with their time.
    static let stamped = variant([
        "mmagent.json": #"""
        {"prompts":{"transcribe":"transcribe.","notice":"what is new?","answersSpeech":true},
         "stream":{"rows":2048,"video_rows":1024,"audio_rows":1024,"text_rows":512,"far_prefix":true,"stamped":true}}
        """#
    ])

    /// The model with two tokens' ids exchanged in its vocabulary, so that it writes `token` where it would have written `id`.
    /// - Parameter extras: its mmagent.json.
    static func exchanging(_ token: String, for id: Int32, extras: String? = nil) throws -> AgentModel {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: directory + "/tokenizer.json"))
        var file = try JSONSerialization.jsonObject(with: bytes) as? [String: Any] ?? [:]
        var bpe = file["model"] as? [String: Any] ?? [:]
        var vocabulary = bpe["vocab"] as? [String: Int] ?? [:]
        var added = file["added_tokens"] as? [[String: Any]] ?? []
        guard let index = added.firstIndex(where: { $0["content"] as? String == token }), let old = added[index]["id"] as? Int,
            let other = vocabulary.first(where: { $0.value == Int(id) })?.key
        else { throw TestTimeout() }
        vocabulary[other] = old
        vocabulary[token] = Int(id)
        added[index]["id"] = Int(id)
        bpe["vocab"] = vocabulary
        file["model"] = bpe
        file["added_tokens"] = added
        let text = String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
        return try variant(["tokenizer.json": text, "mmagent.json": extras].compactMapValues(\.self)).get()
    }

    /// The checkpoint with other files beside its weights.
    private static func variant(_ files: [String: String]) -> Result<AgentModel, any Error> {
        Result {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            for name in ["config.json", "model.safetensors", "tokenizer.json", "preprocessor_config.json", "generation_config.json"]
            where files[name] == nil {
                try FileManager.default.createSymbolicLink(
                    atPath: folder.path + "/" + name, withDestinationPath: directory + "/" + name)
            }
            for (name, text) in files { try text.write(toFile: folder.path + "/" + name, atomically: true, encoding: .utf8) }
            return try AgentModel(directory: folder.path, weights: .f32, pool: ThreadPool(threads: 2))
        }
    }

    static func engine(
        _ model: Result<AgentModel, any Error>, _ options: StreamOptions, limits: EngineLimits = EngineLimits()
    ) throws -> AgentEngine {
        AgentEngine(model: try model.get(), options: options, limits: limits, thread: EngineThread(name: "test-engine"))
    }

    static func engine(_ options: StreamOptions = StreamOptions(), limits: EngineLimits = EngineLimits()) throws -> AgentEngine {
        AgentEngine(model: try shared.get(), options: options, limits: limits, thread: EngineThread(name: "test-engine"))
    }
}

extension StreamOptions {
    /// Of the tiny model's streams: frames of four soft tokens.
    /// - Parameter tokens: of an answer, at most.
    static func tiny(answer tokens: Int, transcribes: Bool = false) -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = tokens
        options.softTokens = 4
        options.transcribes = transcribes
        return options
    }
}

/// The reason for which something is refused; nil: it is done.
func reason(_ act: () async throws -> Void) async -> String? {
    do { try await act() } catch { return (error as? StatusError)?.reason ?? "\(error)" }
    return nil
}

/// A picture whose content is a function of `seed`, with optional sensor noise.
func picture(_ seed: Int, noise: Int = 0, width: Int = 96, height: Int = 96) -> RGBImage {
    var image = RGBImage(width: width, height: height)
    var state = UInt64(seed &* 7919 &+ 17)
    for y in 0..<height {
        for x in 0..<width {
            let cell = (x / 24 * 5 + y / 24 * 3 + seed * 11) * 37 % 200
            for channel in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let jitter = noise == 0 ? 0 : Int(state >> 33) % (2 * noise + 1) - noise
                image.pixels[(y * width + x) * 3 + channel] = UInt8(clamping: 20 + cell + channel * 10 + jitter)
            }
        }
    }
    return image
}

/// Seconds of a loud harmonic sound, or of digital silence.
func sound(_ seconds: Double, loud: Bool = true) -> [Float] {
    (0..<Int(seconds * 16_000)).map { index in
        guard loud else { return 0 }
        let t = Double(index) / 16_000
        return Float(
            0.2 * sin(2 * .pi * 150 * t) + 0.15 * sin(2 * .pi * 450 * t) + 0.1 * sin(2 * .pi * 1200 * t) + 0.1 * sin(2 * .pi * 2500 * t))
    }
}

/// Keeps every message that a client would get.
final class RecordingSink: EventSink {
    private let messages = Mutex<[ServerMessage]>([])
    private let ending = Mutex<StatusError?>(nil)
    private let topics: Set<Topic>

    /// - Parameter topics: what the client says it takes; all is kept.
    init(topics: Set<Topic> = Set(Topic.allCases)) { self.topics = topics }

    func wants(_ topic: Topic) -> Bool { topics.contains(topic) }

    func send(_ message: OutboundMessage) { messages.withLock { $0.append(message.message) } }
    func close(_ error: StatusError?) { ending.withLock { $0 = error } }

    /// Why it was closed.
    var closed: StatusError? { ending.withLock { $0 } }

    var all: [ServerMessage] { messages.withLock { $0 } }

    func text(of turn: String) -> String {
        all.reduce(into: "") { text, message in
            if message.turn == turn, case .modelTurn(let delta) = message.event { text += delta }
        }
    }

    func end(of turn: String) -> TurnComplete? {
        for message in all where message.turn == turn { if case .turnComplete(let end) = message.event { return end } }
        return nil
    }

    /// Waits, for a minute at most, until the turn is over.
    func waitForEnd(of turn: String) async throws -> TurnComplete {
        try await waitFor { $0.end(of: turn) }
    }

    /// Waits, for a minute at most, until there is what is looked for.
    func waitFor<Value>(_ find: (RecordingSink) -> Value?) async throws -> Value {
        for _ in 0..<12_000 {
            if let value = find(self) { return value }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestTimeout()
    }

    /// Every transcript, with the turn that answers it.
    var transcripts: [(text: String, turn: String?)] {
        all.compactMap { if case .inputTranscription(let heard) = $0.event { (heard.text, $0.turn) } else { nil } }
    }

    var observations: [Observation] {
        all.compactMap { if case .observation(let observation) = $0.event { observation } else { nil } }
    }

    var health: [Health] {
        all.compactMap { if case .health(let health) = $0.event { health } else { nil } }
    }

    /// The messages of turns that nobody asked for.
    var unsolicited: [ServerMessage] { all.filter(\.isUnsolicited) }
}

struct TestTimeout: Error {}

extension AgentEngine {
    /// Lets a client join, with a sink that records.
    func join(_ number: UInt64, setup: Setup = mainSetup()) async throws -> (id: ClientContext.ID, sink: RecordingSink) {
        let sink = RecordingSink(topics: setup.topics)
        _ = try await connect(ClientContext.ID(number), setup: setup, sink: sink, server: "test", features: [])
        return (ClientContext.ID(number), sink)
    }

    /// Takes in all that waits.
    func drain(now: MediaTime? = nil, session: String = mainSession) async {
        while step(session: session, now: now) { await Task.yield() }
    }

    /// Takes in a changed frame.
    func show(_ seed: Int, at seconds: Double? = nil, session: String = mainSession) async {
        push(VideoFrame(time: MediaTime(seconds: seconds ?? Double(seed)), image: picture(seed), sequence: seed), to: session)
        await drain(session: session)
    }

    /// Waits, for a minute at most, until nothing is being answered or asked.
    func waitUntilIdle() async throws {
        for _ in 0..<12_000 {
            if status()?.runningAsks == 0 { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestTimeout()
    }
}

/// A client that may be told things unasked, with a standing instruction or without.
func proactiveSetup(_ instruction: String? = nil, answer tokens: Int = 8, attach: String? = AgentEngine.mainSession) -> Setup {
    var setup = Setup()
    setup.attach = attach
    setup.subscribe = Set(Topic.allCases)
    setup.isProactive = true
    setup.systemInstruction = instruction.map { .text($0) }
    setup.generation.maxOutputTokens = tokens
    return setup
}

func mainSetup() -> Setup {
    var setup = Setup()
    setup.attach = AgentEngine.mainSession
    setup.subscribe = Set(Topic.allCases)
    return setup
}
