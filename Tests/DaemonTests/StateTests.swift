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

    /// A state that nobody can write down may be older than what was muted last: nothing opens by itself.
    @Test func whereNothingCanBeWrittenBothAreMuted() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        try #"{"version":1,"muted":[]}"#.write(to: folder.appendingPathComponent("state.json"), atomically: true, encoding: .utf8)
        let (writable, not) = (StateStore(folder: folder.path), StateStore(folder: folder.path, isWritable: { _ in false }))
        #expect(writable.mutedSenses() == [] && writable.problem == nil)
        #expect(not.mutedSenses() == Set(Modality.allCases))
        #expect(not.problem?.contains("make it writable") == true && not.problem?.contains("start muted") == true)
        // A folder that is not there, and cannot be made.
        let missing = StateStore(folder: folder.path + "/none", isWritable: { _ in false })
        #expect(missing.mutedSenses() == Set(Modality.allCases))
        #expect(StateStore(folder: folder.path + "/none/at/all").mutedSenses() == Set(Modality.allCases))
        #expect(StateStore(folder: folder.path + "/new").mutedSenses() == [])
    }

    /// Neither holds the daemon up, nor is written into.
    @Test func whatStandsInTheFilesPlaceIsNotFollowed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let (state, precious) = (folder.path + "/state.json", folder.path + "/precious")
        let store = StateStore(folder: folder.path)
        #expect(mkfifo(state, 0o600) == 0)
        #expect(store.mutedSenses() == Set(Modality.allCases))
        #expect(store.problem?.contains("it is not a regular file") == true)
        #expect(symlink(folder.path + "/nowhere", state) == 0)
        #expect(store.mutedSenses() == Set(Modality.allCases))
        // The pipe is kept beside it, and the link does not take its place.
        func kind(_ path: String) throws -> FileAttributeType? {
            try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        }
        // Of a pipe Foundation says no more than that.
        #expect(try kind(state + ".unreadable") == .typeUnknown)
        #expect(store.problem?.contains("it is kept") == false)
        #expect(throws: StateError.self) { try store.remember(muted: [.camera]) }
        #expect(store.problem?.contains("\(state) could not be written") == true && store.problem?.contains("move it away") == true)
        unlink(state)
        try "keep me".write(toFile: precious, atomically: true, encoding: .utf8)
        #expect(symlink(precious, state + ".part") == 0)
        #expect(throws: StateError.self) { try store.remember(muted: [.camera]) }
        #expect(store.problem?.contains("\(state).part could not be written") == true)
        #expect(try kind(state + ".part") == .typeSymbolicLink)
        unlink(state + ".part")
        // What an end in mid-writing left is no obstacle.
        try "{".write(toFile: state + ".part", atomically: false, encoding: .utf8)
        try store.remember(muted: [.camera])
        #expect(try String(contentsOfFile: precious, encoding: .utf8) == "keep me")
        #expect(StateStore(folder: folder.path).mutedSenses() == [.camera])
    }

    @Test func aFullDiskIsToldAsOne() {
        #expect(StateError(path: "/s", code: ENOSPC).description.contains("free some space"))
        #expect(WholeFile.Failure(path: "/m", code: ENOSPC).description.contains("/m could not be written (No space left on device): free"))
    }

    /// What stands in a file's place is named once, and is not to be made writable.
    @Test func whatIsNoRegularFileIsToBeMovedAway() {
        let text = WholeFile.Failure(path: "/dev/null", code: EEXIST).description
        #expect(text.components(separatedBy: "/dev/null").count == 2 && text.contains("move it away"), "\(text)")
    }

    @Test func aPipeInTheConfigurationsPlaceIsNamed() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let pipe = folder.path + "/mmagentd.toml"
        #expect(mkfifo(pipe, 0o600) == 0)
        let error = #expect(throws: ConfigurationError.self) { try DaemonConfiguration(file: pipe) }
        #expect(error?.description.contains("it is not a regular file") == true)
    }

    /// A folder in the place of the file that is written, and a folder that is none.
    @Test(arguments: [true, false]) func whatCannotBeWrittenIsMutedAllTheSame(isFolder: Bool) async throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var state = folder
        if isFolder {
            try FileManager.default.createDirectory(atPath: folder.path + "/state.json.part", withIntermediateDirectories: true)
        } else {
            state = folder.appendingPathComponent("file")
            try Data().write(to: state)
        }
        let running = try await start(state)
        let (client, observer) = (try await running.client(), try await running.client())
        #expect((try await states(client).last == "muted") == !isFolder)
        try await request(isFolder ? .mute(.camera) : .unmute(.camera), client)
        #expect((try await states(client).last == "muted") == isFolder)
        let status = try await client.status()
        #expect(status["state"]?.string == "degraded")
        #expect(status["message"]?.string?.contains("could not be written") == true)
        var health: JSONValue?
        // On a busy machine others come before it.
        while health?["component"]?.string != "state" {
            health = try await observer.next(waitingFor: "a health event of the state", timeout: .seconds(20)).native("health")
        }
        #expect(health?["state"]?.string == "degraded")
        await observer.close()
        await client.close()
        await running.stop()
    }
}
