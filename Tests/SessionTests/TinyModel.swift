import AgentProtocol
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

    static func engine(_ options: StreamOptions = StreamOptions(), limits: EngineLimits = EngineLimits()) throws -> AgentEngine {
        AgentEngine(model: try shared.get(), options: options, limits: limits, thread: EngineThread(name: "test-engine"))
    }
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

    func send(_ message: OutboundMessage) { messages.withLock { $0.append(message.message) } }
    func close(_ error: StatusError?) {}

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
        for _ in 0..<12_000 {
            if let end = end(of: turn) { return end }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestTimeout()
    }
}

struct TestTimeout: Error {}

func mainSetup() -> Setup {
    var setup = Setup()
    setup.attach = AgentEngine.mainSession
    setup.subscribe = Set(Topic.allCases)
    return setup
}
