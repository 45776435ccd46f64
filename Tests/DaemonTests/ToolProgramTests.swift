import AgentDaemon
import AgentProtocol
import AgentSocket
import Dispatch
import Foundation
import Tensors
import Testing

/// Functions end to end: the daemon with the shipped model, and `mmagentctl` as scripts call it.
@Suite struct ToolProgramTests {
    private struct Outcome {
        let status: Int32
        let output: String
        let complaint: String
    }

    private func run(_ arguments: [String], socket: String = "/nowhere/s") throws -> Outcome {
        let process = Process()
        let program = try #require(Programs.url("mmagentctl"), "mmagentctl was not built")
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["MMAGENT_SOCKET": socket]) { $1 }
        let (output, complaint) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = complaint
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let why = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: text, complaint: why)
    }

    /// Off the test's own thread, which the daemon in this process needs.
    private func ctl(_ arguments: String..., socket: String = "/nowhere/s") async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try run(arguments, socket: socket) }) }
        }
    }

    /// With the whole recording taken in.
    private func nano() async throws -> RunningDaemon {
        let running = try await RunningDaemon.start {
            $0.model.path = RunningDaemon.nano
            $0.model.weights = .q8
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.realtime = false
            $0.video.softTokens = 0
            $0.stream.maximumAnswerTokens = 256
        }
        let client = try await running.client()
        _ = try await client.waitForStatus { status in
            status["devices"]?.array?.contains { $0["modality"]?.string == "camera" && $0["state"]?.string == "ended" } == true
        }
        await client.close()
        return running
    }

    private static let lamp = """
        {"description":"sets the colour of the lamp.","parameters":{"type":"object","properties":{"colour":{"type":"string","description":"the colour","enum":["red","blue"]}},"required":["colour"]}}
        """

    /// A folder with one tool, which keeps what it reads.
    private func folder(_ body: String, name: String = "set_lamp", mode: Int = 0o755) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tools-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(body, to: folder.appendingPathComponent(name), mode)
        return folder
    }

    private func write(_ body: String, to file: URL, _ mode: Int = 0o755) throws {
        try "#!/bin/sh\nif [ \"$1\" = --describe ]; then cat <<'END'\n\(Self.lamp)\nEND\nexit; fi\n\(body)\n".write(
            to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
    }

    // MARK: With the daemon

    @Test func anAnswerUnderASchemaIsJSON() async throws {
        let running = try await nano()
        let file = running.folder.appendingPathComponent("schema.json")
        try
            #"{"type":"object","required":["objects","dark"],"properties":{"objects":{"type":"array","maxItems":4,"items":{"enum":["mug","book","lamp","pen"]}},"dark":{"type":"boolean"}}}"#
            .write(to: file, atomically: true, encoding: .utf8)
        let outcome = try await ctl("ask", "--schema", file.path, "what is on the desk?", socket: running.socket)
        #expect(outcome.status == 0, "\(outcome.complaint)")
        let value = try JSONText.parse(Array(outcome.output.utf8))
        #expect(value["dark"]?.bool != nil && (value["objects"]?.array?.count ?? 9) <= 4)
        // What cannot be obeyed is refused by its place.
        try #"{"type":"object","properties":{"a":{"not":{}}}}"#.write(to: file, atomically: true, encoding: .utf8)
        let refused = try await ctl("ask", "--schema", file.path, "what is on the desk?", socket: running.socket)
        #expect(refused.status == 1 && refused.complaint.contains("responseSchema.properties.a"), "\(refused.complaint)")
        await running.stop()
    }

    @Test func aFunctionIsCalledRunAndToldOf() async throws {
        let running = try await nano()
        let tools = try folder("cat > \"$(dirname \"$0\")/.read\"; echo '{\"ok\":true}'")
        let request = "set the lamp to blue."
        let ran = try await ctl("run-tools", tools.path, request, "--timeout", "60", socket: running.socket)
        #expect(ran.status == 0, "\(ran.complaint)")
        let lines = ran.output.split(separator: "\n")
        #expect(lines.first == #"set_lamp {"colour":"blue"} -> {"ok":true}"#, "\(ran.output)")
        #expect(lines.count == 2, "\(ran.output)")
        // The arguments came as JSON on its standard input.
        let read = try String(contentsOf: tools.appendingPathComponent(".read"), encoding: .utf8)
        #expect(try JSONText.parse(Array(read.utf8)) == ["colour": "blue"])

        // The same declaration from a file, and only printed.
        let described = try await ctl("run-tools", tools.path, "--describe")
        let file = tools.appendingPathComponent(".tools.json")
        try described.output.write(to: file, atomically: true, encoding: .utf8)
        let called = try await ctl("ask", "--tools", file.path, request, socket: running.socket)
        #expect(called.status == 0 && called.output == "set_lamp {\"colour\":\"blue\"}\n", "\(called.output) \(called.complaint)")
        let json = try await ctl("ask", "--json", "--tools", file.path, request, socket: running.socket)
        let messages = try json.output.split(separator: "\n").map { try ReceivedMessage(Array($0.utf8)) }
        #expect(messages.flatMap(\.functionCalls).map(\.name) == ["set_lamp"])
        // A plain question is answered as it is without functions.
        let question = "what colour is the mug?"
        let plain = try await ctl("ask", question, socket: running.socket)
        let beside = try await ctl("ask", "--tools", file.path, question, socket: running.socket)
        #expect(plain.output == beside.output && plain.status == 0)
        let uncalled = try await ctl("run-tools", tools.path, question, "--timeout", "60", socket: running.socket)
        #expect(uncalled.status == 0 && uncalled.output == plain.output && uncalled.complaint.contains("no program was called"))
        try FileManager.default.removeItem(at: tools)
        await running.stop()
    }

    @Test func theWireKeepsOneClientsCallsFromAnother() async throws {
        let running = try await nano()
        let functions = try FunctionDeclaration.list(in: JSONText.parse(Array("{\"name\":\"set_lamp\",\(Self.lamp.dropFirst())".utf8)))
        func join(_ functions: [FunctionDeclaration]) async throws -> AgentClient {
            let client = try await AgentClient.connect(to: running.socket)
            var setup = Setup.native(topics: Set(Topic.allCases))
            setup.functions = functions
            let complete = try await client.setUp(setup)
            #expect(complete.json["setupComplete"]?["mm"]?["limits"]?["toolSeconds"]?.integer == 60)
            return client
        }
        let (owner, other) = (try await join(functions), try await join(functions))
        try await owner.send(
            ClientMessage(.clientContent(ClientContent(turns: [.text("set the lamp to blue.")], turnComplete: true)), id: "q"))
        var call: FunctionCall?
        while call == nil {
            let message = try await owner.next(waitingFor: "call", timeout: .seconds(60))
            if let error = message.error { throw error }
            #expect(!message.isTurnComplete)
            call = message.functionCalls.first
        }
        let response = FunctionResponse(id: try #require(call).id, response: ["ok": true])
        try await other.send(ClientMessage(.toolResponse([response]), id: "r"))
        let refused = await #expect(throws: AgentClientError.self) { _ = try await other.reply(to: "r", timeout: .seconds(30)) }
        #expect(refused?.description.contains("none does") == true)
        try await owner.send(ClientMessage(.toolResponse([response]), id: "r"))
        _ = try await owner.reply(to: "r", timeout: .seconds(30))
        while true {
            let message = try await owner.next(waitingFor: "end", timeout: .seconds(60))
            guard message.isTurnComplete else { continue }
            #expect((message.json["usageMetadata"]?["toolUsePromptTokenCount"]?.integer ?? 0) > 0)
            break
        }
        // All that the other one saw of it: a turn, and no call.
        var seen: [ReceivedMessage] = []
        repeat { seen.append(try await other.next(waitingFor: "turn", timeout: .seconds(30))) } while seen.last?.isTurnComplete != true
        #expect(seen.allSatisfy { $0.functionCalls.isEmpty })
        await owner.close()
        await other.close()
        await running.stop()
    }

    // MARK: Without it

    @Test func programsDescribeThemselves() async throws {
        let tools = try folder("true", name: "ring.sh")
        try "no program".write(to: tools.appendingPathComponent("README"), atomically: true, encoding: .utf8)
        let outcome = try await ctl("run-tools", tools.path, "--describe")
        #expect(outcome.status == 0, "\(outcome.complaint)")
        let declared = try FunctionDeclaration.list(in: JSONText.parse(Array(outcome.output.utf8)))
        #expect(declared.map(\.name) == ["ring"] && declared[0].parameters?["required"] == ["colour"])
        try FileManager.default.removeItem(at: tools)
    }

    @Test func whatAnybodyCouldChangeIsNotRun() async throws {
        let tools = try folder("true", mode: 0o757)
        let refused = try await ctl("run-tools", tools.path, "--describe")
        #expect(refused.status == 1 && refused.complaint.contains("set_lamp can be written by everybody"), "\(refused.complaint)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tools.path + "/set_lamp")
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: tools.path)
        let folder = try await ctl("run-tools", tools.path, "--describe")
        #expect(folder.status == 1 && folder.complaint.contains("chmod o-w"), "\(folder.complaint)")
        try FileManager.default.removeItem(at: tools)
    }

    @Test func whatIsNoToolIsNamed() async throws {
        let tools = FileManager.default.temporaryDirectory.appendingPathComponent("tools-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        func complaint() async throws -> String {
            let outcome = try await ctl("run-tools", tools.path, "--describe")
            #expect(outcome.status == 1)
            return outcome.complaint
        }
        #expect(try await complaint().contains("has no executable file"))
        for (body, words) in [
            ("echo nothing", "prints no JSON object"), ("exit 3", "exit status 3"), ("kill -9 $$", "signal 9"),
            ("head -c 100000 /dev/zero", "printed more than 65536 bytes"),
        ] {
            let file = tools.appendingPathComponent("t")
            try "#!/bin/sh\n\(body)\n".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
            let said = try await complaint()
            #expect(said.contains(words), "\(said)")
        }
        try FileManager.default.removeItem(at: tools)
    }

    @Test func usage() async throws {
        #expect(try await ctl("run-tools", "/nowhere").status == 2)
        #expect(try await ctl("run-tools", "/nowhere", "x", "--watch", "y").status == 2)
        #expect(try await ctl("run-tools", "/nowhere", "x").status == 1)
        #expect(try await ctl("ask", "--schema", "/nowhere", "x").status == 1)
    }
}
