import AgentSocket
import Foundation
import Testing

/// What a process left behind.
struct ProgramOutcome {
    let status: Int32
    let output: String
    let errors: String
}

/// `mmagentd` as a process, and a configuration of its own for each.
protocol ProgramSuite {}

extension ProgramSuite {
    func run(
        _ arguments: [String], environment: [String: String] = [:], during: (Process) async throws -> Void = { _ in }
    ) async throws -> ProgramOutcome {
        let program = try #require(Programs.url("mmagentd"), "mmagentd was not built")
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        try await during(process)
        let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return ProgramOutcome(status: process.terminationStatus, output: outputText, errors: errorText)
    }

    func configuration(
        _ extra: String = "", model: String = RunningDaemon.tinyModel, weights: String = "q8", publicKey: String = ""
    ) throws -> (folder: URL, file: String, socket: String) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagentd-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let text = """
            [model]
            path = "\(model)"
            weights = "\(weights)"
            public_key = "\(publicKey)"
            [audio]
            source = "none"
            [video]
            source = "none"
            [socket]
            path = "s"
            \(extra)
            """
        try text.write(to: folder.appendingPathComponent("c.toml"), atomically: true, encoding: .utf8)
        return (folder, folder.path + "/c.toml", folder.path + "/s")
    }

    func waitForSocket(_ path: String) async throws {
        for _ in 0..<600 {
            if let client = try? await AgentClient.connect(to: path) {
                await client.close()
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw WaitedTooLong()
    }
}
