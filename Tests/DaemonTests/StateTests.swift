import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// What is muted stays muted, whatever happens to the daemon or to its disk.
@Suite struct StateTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagent-state-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    private func start(_ state: URL) async throws -> RunningDaemon {
        try await RunningDaemon.start {
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.loop = true
            $0.state.path = state.path
        }
    }

    private func states(_ client: AgentClient) async throws -> [String?] {
        try await client.status()["devices"]?.array?.map { $0["state"]?.string } ?? []
    }

    private func request(_ request: NativeRequest, _ client: AgentClient) async throws {
        try await client.send(ClientMessage(.native(request), id: "r"))
        _ = try await client.reply(to: "r")
    }

    @Test func mutedStaysMutedOverARestart() async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var running = try await start(folder)
        var client = try await running.client()
        try await request(.mute(.camera), client)
        await client.close()
        await running.stop()

        running = try await start(folder)
        client = try await running.client()
        #expect(try await states(client).last == "muted")
        #expect(try await client.status()["counters"]?["frames"]?.integer == 0)
        try await request(.unmute(.camera), client)
        _ = try await client.waitForStatus { ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        await client.close()
        await running.stop()

        running = try await start(folder)
        client = try await running.client()
        _ = try await client.waitForStatus { ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        await client.close()
        await running.stop()
    }

    /// Nothing new can be written down, or nothing be read: what was closed stays closed. Root may do both everywhere but on a
    /// read-only file system, which Tests/vm has.
    @Test(.enabled(if: geteuid() != 0), arguments: [0o555, 0o000]) func aFolderThatIsForbiddenOpensNothing(mode: Int) async throws {
        let folder = try folder()
        defer {
            chmod(folder.path, 0o700)
            try? FileManager.default.removeItem(at: folder)
        }
        try #"{"version":1,"muted":["camera"]}"#.write(to: folder.appendingPathComponent("state.json"), atomically: true, encoding: .utf8)
        chmod(folder.path, mode_t(mode))
        let running = try await start(folder)
        let client = try await running.client()
        #expect(try await states(client).last == "muted")
        #expect(try await client.status()["state"]?.string == "degraded")
        await client.close()
        await running.stop()
    }

    @Test(arguments: ["", "{", #"{"version":2,"muted":[]}"#, #"{"version":1,"muted":["nose"]}"#, String(repeating: " ", count: 5_000)])
    func aStateThatCannotBeReadMutesBothAndSaysSo(text: String) async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.write(to: folder.appendingPathComponent("state.json"), atomically: true, encoding: .utf8)
        let running = try await start(folder)
        let client = try await running.client()
        #expect(try await states(client) == ["muted", "muted"])
        let status = try await client.status()
        #expect(status["state"]?.string == "degraded")
        #expect(status["message"]?.string?.contains("mmagentctl unmute") == true)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/state.json.unreadable"))
        // A recording that is unmuted later than it could have begun is not late.
        try await Task.sleep(for: .seconds(2))
        try await request(.unmute(.camera), client)
        _ = try await client.waitForStatus { $0["state"]?.string == "ok" && ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        await client.close()
        await running.stop()
    }

    /// A full disk (the file that is written is a link to /dev/full) and a folder that is none.
    @Test(arguments: [true, false]) func whatCannotBeWrittenIsMutedAllTheSame(isDiskFull: Bool) async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var state = folder
        if isDiskFull {
            try FileManager.default.createSymbolicLink(atPath: folder.path + "/state.json.part", withDestinationPath: "/dev/full")
        } else {
            state = folder.appendingPathComponent("file")
            try Data().write(to: state)
        }
        let running = try await start(state)
        let (client, observer) = (try await running.client(), try await running.client())
        try await request(.mute(.camera), client)
        #expect(try await states(client).last == "muted")
        let status = try await client.status()
        #expect(status["state"]?.string == "degraded")
        #expect(status["message"]?.string?.contains(isDiskFull ? "free some space" : "could not be written") == true)
        var health: JSONValue?
        while health == nil {
            health = try await observer.next(waitingFor: "a health event", timeout: .seconds(20)).native("health")
        }
        #expect(health?["component"]?.string == "state")
        #expect(health?["state"]?.string == "degraded")
        await observer.close()
        await client.close()
        await running.stop()
    }
}
