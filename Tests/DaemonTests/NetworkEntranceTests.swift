import AgentDaemon
import Foundation
import Glibc
import Testing

/// `[listen]` in a daemon that runs: its own certificate, and its keys.
@Suite struct NetworkEntranceTests {
    private static let key = "0123456789abcdefghij"

    private func start(_ folder: URL, _ adjust: @escaping (inout DaemonConfiguration) -> Void = { _ in }) async throws -> RunningDaemon {
        let keys = folder.path + "/keys"
        try "\(Self.key) participant panel\n".write(toFile: keys, atomically: true, encoding: .utf8)
        chmod(keys, 0o600)
        return try await RunningDaemon.start { configuration in
            configuration.listen.tcp = "127.0.0.1:0"
            configuration.listen.keys = keys
            configuration.state.path = folder.path + "/state"
            adjust(&configuration)
        }
    }

    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("listen-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// What `curl` prints and ends with; waited for on a thread that the daemon does not need.
    private func curl(_ arguments: [String]) async throws -> (status: Int32, text: String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                        process.arguments = ["curl", "--silent", "--show-error", "--max-time", "60"] + arguments
                        let output = Pipe()
                        process.standardOutput = output
                        process.standardError = output
                        try process.run()
                        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                        process.waitUntilExit()
                        return (process.terminationStatus, text)
                    })
            }
        }
    }

    @Test func itsOwnCertificateIsTrustedByWhoIsToldTo() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var made = ""
        for start in 1...2 {
            let running = try await self.start(folder)
            let port = try #require(running.daemon.networkPorts.first)
            let certificate = folder.path + "/state/tls/certificate.pem"
            let page = ["https://localhost:\(port)/health", "-H", "x-goog-api-key: \(Self.key)"]
            let trusted = try await curl(page + ["--cacert", certificate])
            #expect(trusted.status == 0 && trusted.text.contains("\"state\""), "\(trusted)")
            #expect(try await curl(page).status == 60, "a client that was not told to trust it does not")
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/state/tls/private-key.pem")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let text = try String(contentsOfFile: certificate, encoding: .utf8)
            if start == 2 { #expect(text == made, "it stays the same over restarts") }
            made = text
            await running.stop()
        }
    }

    @Test func inTheClearForThisMachinesOwnPrograms() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let running = try await start(folder) { $0.listen.tls = .off }
        let port = try #require(running.daemon.networkPorts.first)
        let page = try await curl(["http://127.0.0.1:\(port)/metrics?key=\(Self.key)"])
        #expect(page.text.contains("# HELP"))
        #expect(try await curl(["http://127.0.0.1:\(port)/metrics"]).text.contains("a key is needed"))
        await running.stop()
        #expect(try await curl(["http://127.0.0.1:\(port)/metrics"]).status == 7, "it listens no more")
    }

    /// What a start says: the daemon does not come up with less than it was told to have.
    @Test(arguments: [
        ("keys", "name a file in [listen] keys"), ("state", "no folder for a certificate"), ("port", "cannot listen at 203.0.113.1:8443"),
    ])
    func whatKeepsItFromStarting(what: String, words: String) async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            let running = try await start(folder) { configuration in
                if what == "keys" { configuration.listen.keys = "" }
                if what == "state" { configuration.state.path = "" }
                if what == "port" { configuration.listen.tcp = "203.0.113.1:8443" }
            }
            await running.stop()
            Issue.record("it started")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }
}
