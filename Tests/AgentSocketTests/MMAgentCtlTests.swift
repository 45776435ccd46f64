import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// The command as scripts see it: output and exit status.
@Suite("mmagentctl")
struct MMAgentCtlTests {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var complaint: String
    }

    /// The program lies beside the tests.
    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("mmagentctl")

    private func start(_ arguments: [String], socket: String?) throws -> (Process, Pipe, Pipe) {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["MMAGENT_SOCKET"] = socket
        process.environment = environment
        let output = Pipe()
        let complaint = Pipe()
        process.standardOutput = output
        process.standardError = complaint
        try process.run()
        return (process, output, complaint)
    }

    private func finish(_ running: (Process, Pipe, Pipe)) async throws -> Outcome {
        let (process, output, complaint) = running
        let out = output.fileHandleForReading
        let complaints = complaint.fileHandleForReading
        return try await blocking { [process = UncheckedBox(process), out = UncheckedBox(out), complaints = UncheckedBox(complaints)] in
            let text = String(decoding: out.value.readDataToEndOfFile(), as: UTF8.self)
            let why = String(decoding: complaints.value.readDataToEndOfFile(), as: UTF8.self)
            process.value.waitUntilExit()
            return Outcome(status: process.value.terminationStatus, output: text, complaint: why)
        }
    }

    private func run(_ arguments: String..., socket: String? = nil) async throws -> Outcome {
        try await finish(start(arguments, socket: socket))
    }

    @Test("ask prints its own answer and a line break")
    func ask() async throws {
        try await Fixture.run { fixture in
            let outcome = try await run("ask", "a red cup", socket: fixture.path)
            #expect(outcome.output == "a red cup \n")
            #expect(outcome.complaint == "")
            #expect(outcome.status == 0)
            // --socket stands before or behind the command and wins over the environment.
            #expect(try await run("--socket", fixture.path, "ask", "hi", socket: "/nowhere").output == "hi \n")
            #expect(try await run("ask", "hi", "--socket", fixture.path).output == "hi \n")
            #expect(try await run("--socket=" + fixture.path, "ask", "hi").output == "hi \n")
        }
    }

    @Test("ask --json prints the messages about the question")
    func askJSON() async throws {
        try await Fixture.run { fixture in
            let outcome = try await run("ask", "--json", "a red cup", socket: fixture.path)
            let messages = try outcome.output.split(separator: "\n").map { try ReceivedMessage(Array($0.utf8)) }
            #expect(messages.count == 6)
            #expect(messages.compactMap(\.text).joined() == "a red cup ")
            #expect(messages.allSatisfy { $0.turn == "t1" })
            #expect(messages.last?.isTurnComplete == true)
            #expect(outcome.status == 0)
        }
    }

    @Test("watch prints what is said unasked, a sentence a line")
    func watch() async throws {
        try await Fixture.run { fixture in
            let outcome = try await run("watch", "a mug\na book\na pen", "--count", "2", socket: fixture.path)
            #expect(outcome.output == "a mug.\na book.\n")
            #expect(outcome.complaint == "")
            #expect(outcome.status == 0)
            let json = try await run("watch", "a mug", "--count", "1", "--json", socket: fixture.path)
            let messages = try json.output.split(separator: "\n").map { try ReceivedMessage(Array($0.utf8)) }
            #expect(messages.count == 3)
            #expect(messages.allSatisfy { $0.isUnsolicited && $0.turn == "w0" })
            let late = try await run("watch", "a mug\nnothing", "--timeout", "0.5", socket: fixture.path)
            #expect(late.status == 0 && late.output == "a mug.\n" && late.complaint == "")
            let fewer = try await run("watch", "a mug\nnothing", "--timeout", "0.5", "--count", "2", socket: fixture.path)
            #expect(fewer.status == 4 && fewer.output == "a mug.\n" && fewer.complaint.contains("no 2 sentences within 0.5 s"))
            let none = try await run("watch", "nothing", "--timeout", "0.5", socket: fixture.path)
            #expect(none.status == 4 && none.output == "" && none.complaint.contains("no sentence within 0.5 s"))
        }
    }

    @Test("--reconnect waits for the daemon, and for the next one after it")
    func reconnect() async throws {
        let directory = try TemporaryDirectory()
        func server() -> AgentServer {
            AgentServer(configuration: AgentServer.Configuration(path: directory.socket), service: EchoService(), logger: quietLogger())
        }
        let running = try start(["watch", "a mug", "--count", "2", "--reconnect"], socket: directory.socket)
        // Each server's service says the sentence once a connection.
        let first = server()
        try await first.start()
        // Said, and not only on its way: the next service says it once more.
        let heard = try await blocking { [out = UncheckedBox(running.1.fileHandleForReading)] in try out.value.read(upToCount: 7) }
        #expect(heard.map { String(decoding: $0, as: UTF8.self) } == "a mug.\n")
        await first.shutdown(grace: .zero)
        let second = server()
        try await second.start()
        let outcome = try await finish(running)
        await second.shutdown(grace: .zero)
        #expect(outcome.output == "a mug.\n")
        #expect(outcome.status == 0)
        #expect(outcome.complaint.contains("waiting for it"))
        let refused = try await run("watch", "a mug", "--timeout", "0.5", "--reconnect", socket: "/nowhere/s")
        #expect(refused.status == 4)
    }

    @Test("exit statuses: 1 refused, 2 usage, 3 no daemon, 4 timed out")
    func statuses() async throws {
        try await Fixture.run { fixture in
            let refused = try await run("ask", "fail", socket: fixture.path)
            #expect(refused.status == 1)
            #expect(refused.output == "")
            #expect(refused.complaint == "mmagentctl: UNAVAILABLE: the engine is not ready: try again\n")
            #expect(try await run("ask", "cut", socket: fixture.path).status == 1)
            let late = try await run("ask", "hang", "--timeout", "0.5", socket: fixture.path)
            #expect(late.status == 4)
            #expect(late.output == "thinking\n")
            #expect(late.complaint.contains("no complete answer within 0.5 s"))
            try await eventually("the daemon is told to stop") {
                await fixture.service.received.contains { $0.kind == .native(.cancel(turn: "t3")) }
            }
        }
        let nowhere = try await run("status", socket: "/nonexistent/mmagentd.sock")
        #expect(nowhere.status == 3)
        #expect(nowhere.complaint.contains("/nonexistent/mmagentd.sock"))
        for arguments in [
            ["ask"], ["ask", " "], ["bogus"], ["mute", "nose"], ["events", "--only", "turm"], ["ask", "x", "--timeout", "-1"], ["snapshot"],
            ["watch"], ["watch", " "], ["watch", "x", "--count", "-1"], ["watch", "x", "--timeout", "-1"],
        ] {
            let outcome = try await finish(start(arguments, socket: nil))
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.output == "", "\(arguments)")
            #expect(outcome.complaint.contains("Usage:"), "\(arguments)")
        }
        // A negative number is a value, and no missing one; an empty name is told before anybody is asked.
        for (arguments, words) in [
            (["ask", "x", "--timeout", "-1"], "--timeout is -1: expected 0 to 86400"),
            (["watch", "x", "--count", "-1"], "--count is -1: expected 0 or more"), (["snapshot", ""], "the file's name is empty"),
            (["snapshot", "/"], "/ is a folder: name a file in it, as /desk.jpg"), (["status", "--socket", ""], "--socket is empty"),
            (["--socket", "", "devices"], "--socket is empty"), (["doctor", "--config", ""], "--config is empty"),
        ] {
            let outcome = try await finish(start(arguments, socket: nil))
            #expect(outcome.status == 2, "\(arguments)")
            #expect(outcome.complaint.contains(words) && outcome.complaint.contains("Usage:"), "\(outcome.complaint)")
        }
        let help = try await run("ask", "--help")
        #expect(help.status == 0)
        #expect(help.output.contains("USAGE: mmagentctl ask"))
    }

    @Test("status, devices, mute, unmute")
    func requests() async throws {
        try await Fixture.run { fixture in
            let status = try await run("status", socket: fixture.path)
            #expect(status.status == 0)
            #expect(status.output.contains("memory   5.0 MiB"))
            #expect(status.output.contains("uptime   1 s\n") && status.output.contains("lag      0 s\n"))
            #expect(status.output.contains("warning  [stream] frames = 9 is many\n"))
            let health = try await run("health", socket: fixture.path)
            #expect(health.status == 0 && health.output == "ok: fine\nwarning: [stream] frames = 9 is many\n")
            let json = try await run("status", "--json", socket: fixture.path)
            #expect(try JSONText.parse(Array(json.output.utf8))["server"] == "echo/1")
            let devices = try await run("devices", socket: fixture.path).output
            #expect(devices.hasPrefix("camera stopped, none: no camera\nmicrophones of this machine:"))
            let without = try await run("devices", socket: "/nowhere/s")
            #expect(without.status == 0 && without.output.hasPrefix("microphones of this machine:"))
            #expect(without.complaint.contains("no daemon"))
            let listed = try JSONText.parse(Array(try await run("devices", "--json", socket: fixture.path).output.utf8))
            #expect(listed["used"]?.array?.count == 1 && listed["microphones"]?.array != nil && listed["cameras"]?.array != nil)
            #expect(try await run("mute", "mic", socket: fixture.path).output == "mic muted\n")
            #expect(await fixture.service.received.map(\.kind).contains(.native(.mute(.microphone))))
        }
    }

    @Test("unmute says what came of it, and no device is called open that is not")
    func unmute() async throws {
        try await Fixture.run { fixture in
            func unmuted(_ state: DeviceReport.State, _ detail: String = "", source: String = "alsa:default") async throws -> Outcome {
                await fixture.service.set(devices: [DeviceReport(modality: .microphone, source: source, state: state, detail: detail)])
                return try await run("unmute", "mic", socket: fixture.path)
            }
            #expect(try await unmuted(.running).output == "mic open\n")
            #expect(try await unmuted(.starting).output == "mic open\n")
            #expect(try await unmuted(.ended).output == "mic unmuted; its recording is over\n")
            let lost = try await unmuted(.lost, "alsa:default: the device is gone; connect it again")
            #expect(lost.status == 1 && lost.output == "")
            #expect(lost.complaint == "mmagentctl: mic is unmuted, and lost: alsa:default: the device is gone; connect it again\n")
            #expect(try await unmuted(.muted).complaint.contains("muted again"))
            let none = try await unmuted(.stopped, source: "none")
            #expect(none.status == 1 && none.complaint.contains("none is configured: set [audio] source"))
        }
    }

    @Test("snapshot writes the picture whole, to a file or the standard output")
    func snapshot() async throws {
        try await Fixture.run { fixture in
            let file = fixture.directory.path + "/desk.jpg"
            let jpeg = Data([0xFF, 0xD8, 0xFF, 0xD9])
            #expect(try await run("snapshot", file, socket: fixture.path).status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == jpeg)
            // What the camera saw is for the eyes of who asked alone, also where a file that others may read stood before.
            func mode() throws -> Int {
                try #require(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int)
            }
            #expect(try mode() == 0o600)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
            #expect(try await run("snapshot", file, socket: fixture.path).status == 0)
            #expect(try mode() == 0o600)
            let nowhere = try await run("snapshot", fixture.directory.path + "/none/desk.jpg", socket: fixture.path)
            #expect(nowhere.status == 1)
            #expect(nowhere.complaint.contains("No such file or directory"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path).sorted() == [
                    "desk.jpg", "s.sock", "s.sock.lock",
                ])
        }
    }

    @Test("snapshot writes into a pipe and through a link, and takes the place of neither")
    func snapshotElsewhere() async throws {
        let fixture = try await Fixture()
        let (pipe, link, file) = (fixture.directory.path + "/pipe", fixture.directory.path + "/link", fixture.directory.path + "/file")
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xD9]
        func information(_ path: String) -> stat {
            var info = stat()
            lstat(path, &info)
            return info
        }
        #expect(mkfifo(pipe, 0o600) == 0)
        // Open for both, so that neither end waits for the other.
        let reader = open(pipe, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        defer { close(reader) }
        let before = information(pipe)
        #expect(try await run("snapshot", pipe, socket: fixture.path).status == 0)
        let after = information(pipe)
        #expect(after.st_mode & S_IFMT == S_IFIFO)
        #expect(after.st_ino == before.st_ino)
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(reader, &bytes, bytes.count)
        #expect(Array(bytes.prefix(max(0, count))) == jpeg)
        // At first what it leads to is not there.
        #expect(symlink(file, link) == 0)
        for _ in 0..<2 {
            #expect(try await run("snapshot", link, socket: fixture.path).status == 0)
            #expect(information(link).st_mode & S_IFMT == S_IFLNK)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data(jpeg))
        }
        await fixture.stop()
    }

    /// A node of a device in a folder of its own; nil: nodes cannot be made or used there.
    private static func node(_ folder: String, minor: UInt32) -> String? {
        let path = folder + "/node\(minor)"
        // The memory devices' major number; 3 is null, 7 is full.
        guard mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | minor)) == 0 else { return nil }
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        close(descriptor)
        return path
    }

    private static let makesDevices = (try? TemporaryDirectory()).map { node($0.path, minor: 3) != nil } ?? false

    @Test(
        "snapshot writes into a device, which stays one",
        .enabled(if: makesDevices, "device nodes cannot be made here: run as root, where /tmp is not mounted nodev"))
    func snapshotIntoADevice() async throws {
        try await Fixture.run { fixture in
            for (minor, status, words) in [(3, 0, ""), (7, 1, "No space left on device")] as [(UInt32, Int32, String)] {
                let path = try #require(Self.node(fixture.directory.path, minor: minor))
                let outcome = try await run("snapshot", path, socket: fixture.path)
                #expect(outcome.status == status && outcome.output == "")
                #expect(words.isEmpty ? outcome.complaint.isEmpty : outcome.complaint.contains(words), "\(outcome.complaint)")
                var info = stat()
                #expect(lstat(path, &info) == 0)
                #expect(info.st_mode & S_IFMT == S_IFCHR && info.st_rdev == dev_t(1 << 8 | minor))
            }
            // Nothing else was made beside them.
            let names = try FileManager.default.contentsOfDirectory(atPath: fixture.directory.path).sorted()
            #expect(names == ["node3", "node7", "s.sock", "s.sock.lock"])
        }
    }

    /// A pipe or a file, whatever the output leads to.
    @Test("snapshot /dev/stdout writes to the output, and leaves the name as it was")
    func snapshotToTheOutput() async throws {
        func information() -> stat {
            var info = stat()
            lstat("/dev/stdout", &info)
            return info
        }
        try await Fixture.run { fixture in
            let before = information()
            let piped = try await run("snapshot", "/dev/stdout", socket: fixture.path)
            #expect(piped.status == 0 && piped.complaint == "")
            let plain = try await run("snapshot", "-", socket: fixture.path)
            #expect(!piped.output.isEmpty && piped.output == plain.output)
            let file = URL(fileURLWithPath: fixture.directory.path + "/output")
            try Data().write(to: file)
            let process = Process()
            process.executableURL = Self.program
            process.arguments = ["snapshot", "/dev/stdout"]
            process.environment = ProcessInfo.processInfo.environment.merging(["MMAGENT_SOCKET": fixture.path]) { $1 }
            process.standardOutput = try FileHandle(forWritingTo: file)
            try process.run()
            try await blocking { [process = UncheckedBox(process)] in process.value.waitUntilExit() }
            #expect(process.terminationStatus == 0)
            #expect(try Data(contentsOf: file) == Data([0xFF, 0xD8, 0xFF, 0xD9]))
            let after = information()
            #expect(after.st_mode == before.st_mode && after.st_ino == before.st_ino)
        }
    }

    @Test("events follows the session until the daemon shuts down")
    func events() async throws {
        let fixture = try await Fixture()
        let running = try start(["events", "--only", "observation,turn"], socket: fixture.path)
        try await eventually("it is connected") { fixture.service.hub.clientCount == 1 }
        fixture.service.hub.publish(
            .observation(Observation(text: "person enters", source: "camera")), time: Timestamp(milliseconds: 1_795_237_331_123))
        fixture.service.hub.publish(.health(Health(component: "a", state: .ok, message: "unseen")))
        fixture.service.hub.publish(.modelTurn(text: "a "), turn: "t1")
        fixture.service.hub.publish(.modelTurn(text: "cup"), turn: "t1")
        fixture.service.hub.publish(.turnComplete(TurnComplete()), turn: "t1", time: Timestamp(milliseconds: 1_795_237_331_123))
        await fixture.server.shutdown(grace: .milliseconds(200))
        let outcome = try await finish(running)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.contains("05:02:11.123Z  observation person enters (camera)"))
        #expect(lines.contains("05:02:11.123Z  turn t1: a cup"))
        #expect(!outcome.output.contains("unseen"))
        #expect(outcome.complaint.contains("shutting down"))
        #expect(outcome.status == 0)
    }

    @Test("Ctrl-C stops the answer in the daemon and leaves with 130")
    func interrupt() async throws {
        try await Fixture.run { fixture in
            let running = try start(["ask", "hang"], socket: fixture.path)
            try await eventually("the question has arrived") { await fixture.service.received.count == 1 }
            // The first text shows that the turn is known.
            _ = try await blocking { [out = UncheckedBox(running.1.fileHandleForReading)] in out.value.readData(ofLength: 8).count }
            kill(running.0.processIdentifier, SIGINT)
            let outcome = try await finish(running)
            #expect(outcome.status == 130)
            try await eventually("the daemon is told to stop") {
                await fixture.service.received.contains { $0.kind == .native(.cancel(turn: "t1")) }
            }
        }
    }

    @Test("a reader that goes away ends it quietly")
    func brokenPipe() async throws {
        try await Fixture.run { fixture in
            let (process, output, complaint) = try start(["events", "--json"], socket: fixture.path)
            try await eventually("it is connected") { fixture.service.hub.clientCount == 1 }
            try output.fileHandleForReading.close()
            for _ in 0..<3 { fixture.service.hub.publish(.observation(Observation(text: "x"))) }
            let outcome = try await blocking {
                [process = UncheckedBox(process), complaints = UncheckedBox(complaint.fileHandleForReading)] in
                let why = String(decoding: complaints.value.readDataToEndOfFile(), as: UTF8.self)
                process.value.waitUntilExit()
                return (process.value.terminationStatus, why)
            }
            #expect(outcome.0 == 0)
            #expect(outcome.1 == "")
        }
    }
}

/// Foundation's handles are used by one thread at a time here.
struct UncheckedBox<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
