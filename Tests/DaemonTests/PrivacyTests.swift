import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import ImageFiles
import Media
import Testing

/// What is nobody's business: pictures after "muted", others' answers, words in the log.
@Suite struct PrivacyTests {
    private func ask(_ parts: [Part], complete: Bool = true) -> ClientMessage.Kind {
        .clientContent(ClientContent(turns: [Content(role: "user", parts: parts)], turnComplete: complete))
    }

    /// The picture waits for its encoder while the camera is muted: large ones of another client are being decoded.
    @Test func noSnapshotComesAfterTheCameraWasMuted() async throws {
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.loop = true
        }
        let large = try ImageFiles.encodeJPEG(RGBImage(width: 8192, height: 4096, red: 90), quality: 80)
        let (owner, watcher, other) = (
            try await running.client(), try await running.client(subscribe: [.health]), try await running.client()
        )
        for _ in 0..<3 {
            _ = try await owner.waitForStatus { $0["devices"]?.array?.last?["state"]?.string == "running" }
            try await other.send(ClientMessage(ask([Part(.inlineData(Blob(mimeType: "image/jpeg", data: large)))], complete: false)))
            try await Task.sleep(for: .milliseconds(30))
            try await watcher.send(ClientMessage(.native(.snapshot), id: "s"))
            try await Task.sleep(for: .milliseconds(10))
            try await owner.send(ClientMessage(.native(.mute(.camera)), id: "m"))
            var (isMuted, isAnswered, isLate) = (false, false, false)
            while !isMuted || !isAnswered {
                let message = try await watcher.next(waitingFor: "the mute and the snapshot", timeout: .seconds(60))
                if message.native("device")?["state"]?.string == "muted" { isMuted = true }
                if message.re == "s" {
                    isAnswered = true
                    isLate = isMuted && message.native("snapshot") != nil
                }
            }
            #expect(!isLate)
            try await owner.send(ClientMessage(.native(.unmute(.camera)), id: "u"))
            _ = try await owner.reply(to: "u", timeout: .seconds(60))
            // Its picture was taken in, or refused for the room that the ones before take.
            try await other.send(ClientMessage(.native(.cancel(turn: nil)), id: "c"))
            _ = try await other.reply(to: "c", timeout: .seconds(60))
        }
        for client in [owner, watcher, other] { await client.close() }
        await running.stop()
    }

    /// Its own turns come to a client of the plain shapes, and nobody else's.
    @Test func aPlainClientOfTheMainSessionReadsItsOwnAnswersAlone() async throws {
        let running = try await RunningDaemon.start()
        let other = try await running.client()
        let plain = try await AgentClient.connect(to: running.socket)
        var setup = Setup()
        setup.model = "models/mmagent-main"
        try await plain.setUp(setup)
        var turns: Set<String?> = []
        for round in 1...2 {
            _ = try await other.answer(to: "what is there?", id: .number(Int64(round)))
            try await plain.send(ClientMessage(ask([Part(.text("and here?"))])))
            _ = try await other.answer(to: "what else?", id: .number(Int64(10 + round)))
            var isOver = false
            while !isOver {
                let message = try await plain.next(waitingFor: "its answer", timeout: .seconds(60))
                if message.json["serverContent"] != nil { turns.insert(message.turn) }
                isOver = message.isTurnComplete
            }
            #expect(turns.count == round)
        }
        // Nothing of another's turn lies behind: the fence's answer comes next.
        try await plain.send(ClientMessage(.native(.status), id: "fence"))
        while true {
            let message = try await plain.next(waitingFor: "the fence", timeout: .seconds(60))
            #expect(message.json["serverContent"] == nil)
            if message.re == "fence" { break }
        }
        await plain.close()
        await other.close()
        await running.stop()
    }

    /// Neither what was asked and answered nor what was heard is in the log, as it is installed and when all is logged; nor what was
    /// refused, which a refusal's sentence may repeat.
    @Test(.serialized, arguments: ["info", "debug"]) func nothingThatWasSaidIsLogged(level: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mmagentd-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try """
        [model]
        path = "\(RunningDaemon.nano)"
        [audio]
        source = "file:\(RunningDaemon.desk)/microphone.wav"
        loop = true
        [video]
        source = "file:\(RunningDaemon.desk)/frames"
        loop = true
        [socket]
        path = "s"
        [log]
        level = "\(level)"
        """.write(to: folder.appendingPathComponent("c.toml"), atomically: true, encoding: .utf8)
        let log = folder.appendingPathComponent("log")
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        let program: URL = try #require(Programs.url("mmagentd"), "mmagentd was not built")
        let process = Process()
        process.executableURL = program
        process.arguments = ["--config", folder.path + "/c.toml"]
        process.standardError = handle
        process.standardOutput = handle
        try process.run()
        defer { if process.isRunning { process.terminate() } }
        var client: AgentClient?
        for _ in 0..<1_200 where client == nil {
            client = try? await AgentClient.connect(to: folder.path + "/s")
            if client == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        let listener = try #require(client)
        try await listener.setUp(.native(topics: Set(Topic.allCases)))
        // The recording's own question is heard, and answered: in its first pass, or, where a busy machine let the listener in late, in
        // the next.
        var heard: String?
        var said = ""
        while heard == nil || said.count < 6 {
            let message = try await listener.next(waitingFor: "a transcript and an answer", timeout: .seconds(120))
            heard = heard ?? message.json["serverContent"]?["inputTranscription"]?["text"]?.string
            said += message.text ?? ""
        }
        let typed = try await listener.answer(to: "which zebra is on the desk?").text
        await listener.close()
        // Names are words as well: whatever a client sends stays between it and the daemon.
        for line in [
            #"{"setup":{"model":"models/giraffe"}}"#, #"{"setup":{"mm":{"attach":"giraffe"}}}"#, #"{"giraffe":1}"#, "giraffe",
            #"{"setup":{"mm":{"subscribe":["giraffe"]}}}"#,
        ] {
            let other = try await AgentClient.connect(to: folder.path + "/s")
            try await other.send(line: Array(line.utf8))
            #expect(try await other.next(waitingFor: "a refusal", timeout: .seconds(60)).error != nil)
            await other.close()
        }
        process.terminate()
        process.waitUntilExit()
        let text = try String(contentsOf: log, encoding: .utf8)
        #expect(text.contains("ready") && text.contains("client refused") == (level == "debug"))
        for words in [heard, said, typed, "zebra", "giraffe"] {
            let words = (words ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(words.count >= 4 && !text.contains(words), "\(words)")
        }
    }
}
