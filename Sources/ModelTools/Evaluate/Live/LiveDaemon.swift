import AgentProtocol
import AgentSocket
import Foundation

/// A daemon as a process of its own, with a configuration in a folder of its own, from start to SIGTERM.
final class LiveDaemon {
    private static let patience = Duration.seconds(120)

    let socket: String
    private let process = Process()
    private let log: URL

    /// - Parameter configuration: TOML, without the socket.
    init(program: String, configuration: String, folder: URL) throws {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw EvaluationError.daemon(path: program, reason: "is no program")
        }
        socket = folder.appendingPathComponent("socket").path
        log = folder.appendingPathComponent("log")
        let file = folder.appendingPathComponent("mmagentd.toml")
        try (configuration + "[socket]\npath = \"\(socket)\"\n").write(to: file, atomically: true, encoding: .utf8)
        try Data().write(to: log)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--config", file.path]
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// Waits until it takes clients.
    func connect() async throws -> AgentClient {
        let end = ContinuousClock.now + Self.patience
        while true {
            guard process.isRunning, ContinuousClock.now < end else {
                throw EvaluationError.daemon(path: process.executableURL?.path ?? "", reason: "takes no clients: \(lastWords)")
            }
            if let client = try? await AgentClient.connect(to: socket) { return client }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func stop() async {
        process.terminate()
        // Not `waitUntilExit`, which would hold up a thread of the pool.
        while process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
    }

    private var lastWords: String {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "it said nothing"
    }
}
