import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Logging
import Tensors

/// The whole daemon in this process, on recordings, with its socket in a folder of its own.
struct RunningDaemon {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let tinyModel = root.appendingPathComponent("Tests/Fixtures/golden/e2b").path
    static let nano = root.appendingPathComponent("models/nano").path
    static let desk = root.appendingPathComponent("recordings/desk").path

    let folder: URL
    let daemon: Daemon.Running
    var socket: String { folder.appendingPathComponent("s").path }

    /// - Parameter log: where its log goes; nil: what is critical to stderr.
    static func start(
        log given: Logger? = nil, _ adjust: (inout DaemonConfiguration) -> Void = { _ in }
    ) async throws -> RunningDaemon {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagentd-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var configuration = DaemonConfiguration()
        configuration.model.path = tinyModel
        configuration.model.weights = .f32
        configuration.model.threads = 2
        configuration.audio.source = "none"
        configuration.video.source = "none"
        configuration.video.softTokens = 4
        configuration.stream.maximumAnswerTokens = 8
        configuration.socket.path = folder.appendingPathComponent("s").path
        adjust(&configuration)
        var log = given ?? Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        if given == nil { log.logLevel = .critical }
        let daemon = try await Daemon(configuration: configuration, configurationFile: nil, log: log).start()
        return RunningDaemon(folder: folder, daemon: daemon)
    }

    func stop() async {
        await daemon.stop(grace: .milliseconds(100))
        try? FileManager.default.removeItem(at: folder)
    }

    /// A native client of the main session.
    func client(subscribe: Set<Topic> = Set(Topic.allCases)) async throws -> AgentClient {
        let client = try await AgentClient.connect(to: socket)
        try await client.setUp(.native(topics: subscribe))
        return client
    }
}

extension AgentClient {
    /// Asks, and reads until the turn is over.
    func answer(to question: String, id: RequestID = "q") async throws -> (text: String, end: ReceivedMessage) {
        try await send(ClientMessage(.clientContent(ClientContent(turns: [.text(question)], turnComplete: true)), id: id))
        let turn = try await reply(to: id, timeout: .seconds(60)).turn
        var text = ""
        while true {
            let message = try await next(waitingFor: "the answer", timeout: .seconds(60))
            if let error = message.error { throw error }
            guard message.turn == turn else { continue }
            text += message.text ?? ""
            if message.isTurnComplete { return (text, message) }
        }
    }

    func status() async throws -> JSONValue {
        try await send(ClientMessage(.native(.status), id: "status"))
        return try await reply(to: "status", timeout: .seconds(60)).native("status") ?? .null
    }

    /// Asks for the status until `condition` holds; a minute at most.
    func waitForStatus(_ condition: (JSONValue) -> Bool) async throws -> JSONValue {
        for _ in 0..<1_200 {
            let status = try await status()
            if condition(status) { return status }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw WaitedTooLong()
    }
}

struct WaitedTooLong: Error {}
