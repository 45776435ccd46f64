import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import ImageFiles
import Media
import Testing

@Suite struct DaemonTests {
    @Test func aQuestionIsAnsweredWithUsageEvidenceAndTiming() async throws {
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(RunningDaemon.desk)/frames"; $0.video.realtime = false
        }
        let client = try await running.client()
        _ = try await client.waitForStatus { ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        let (_, end) = try await client.answer(to: "what is on the desk?")
        let usage = try #require(end.json["usageMetadata"])
        #expect((usage["cachedContentTokenCount"]?.integer ?? 0) > 10)
        #expect((usage["responseTokenCount"]?.integer ?? 0) > 0)
        #expect(end.json["mm"]?["evidence"]?["frames"]?.array?.isEmpty == false)
        #expect(end.json["mm"]?["timing"]?["firstToken"]?.string?.hasSuffix("s") == true)
        await client.close()
        await running.stop()
    }

    @Test func bothRecordingsAreTakenInWholeAsFastAsPossible() async throws {
        let running = try await RunningDaemon.start {
            $0.audio.source = "file:\(RunningDaemon.desk)/microphone.wav"
            $0.audio.realtime = false
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.realtime = false
        }
        let client = try await running.client()
        let status = try await client.waitForStatus { status in
            status["devices"]?.array?.allSatisfy { $0["state"]?.string == "ended" } == true
        }
        #expect(status["counters"]?["frames"]?.integer == 44)
        #expect((status["counters"]?["audioTokens"]?.integer ?? 0) > 20)
        #expect(status["counters"]?["framesDropped"]?.integer == 0)
        await client.close()
        await running.stop()
    }

    @Test func aMissingDeviceDegradesItsModalityOnly() async throws {
        let running = try await RunningDaemon.start {
            $0.audio.source = "alsa:no_such_device_here"
            $0.video.source = "v4l2:/dev/video-none"
        }
        let client = try await running.client()
        let status = try await client.waitForStatus { status in
            status["devices"]?.array?.allSatisfy { $0["state"]?.string == "lost" } == true
        }
        #expect(status["state"]?.string == "degraded")
        for device in try #require(status["devices"]?.array) { #expect((device["detail"]?.string ?? "").count > 10) }
        try await client.send(ClientMessage(.native(.snapshot), id: "s"))
        let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "s") }
        #expect(refused?.description.contains("the camera is lost, so there is no picture: ") == true)
        let (_, end) = try await client.answer(to: "are you there?")
        #expect(end.isTurnComplete)
        await client.close()
        await running.stop()
    }

    @Test func muteClosesTheDeviceAndForgets() async throws {
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.loop = true
        }
        let client = try await running.client()
        _ = try await client.waitForStatus { ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        try await client.send(ClientMessage(.native(.mute(.camera)), id: "m"))
        _ = try await client.reply(to: "m")
        let muted = try await client.status()
        #expect(muted["devices"]?.array?.last?["state"]?.string == "muted")
        // Its frames are gone; what is left says that it is off.
        let again = try await client.status()
        #expect(again["cachedTokens"]?.integer == muted["cachedTokens"]?.integer)
        #expect(try await client.answer(to: "what do you see?").end.json["mm"]?["evidence"]?["frames"]?.array?.isEmpty == true)
        try await client.send(ClientMessage(.native(.snapshot), id: "s"))
        let refused = await #expect(throws: AgentClientError.self) { _ = try await client.reply(to: "s") }
        #expect(refused?.description.contains("the camera is muted") == true)
        #expect(refused?.description.contains("mmagentctl unmute camera") == true)
        try await client.send(ClientMessage(.native(.unmute(.camera)), id: "u"))
        _ = try await client.reply(to: "u")
        _ = try await client.waitForStatus { status in
            (status["counters"]?["framesEncoded"]?.integer ?? 0) > (muted["counters"]?["framesEncoded"]?.integer ?? 0)
        }
        try await client.send(ClientMessage(.native(.snapshot), id: "s2"))
        let snapshot = try #require(try await client.reply(to: "s2").native("snapshot"))
        #expect(snapshot["width"]?.integer == 640)
        await client.close()
        await running.stop()
    }

    /// Clients of WebSocket take a message of 1 MiB at most; ours are half of that.
    @Test func aSnapshotFitsIntoAMessageWhateverIsSeen() async throws {
        let frames = FileManager.default.temporaryDirectory.appendingPathComponent("noise-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: frames, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: frames) }
        var image = RGBImage(width: 1600, height: 1200)
        var random = SystemRandomNumberGenerator()
        for index in image.pixels.indices { image.pixels[index] = UInt8.random(in: 0...255, using: &random) }
        try Data(try ImageFiles.encodeJPEG(image, quality: 95)).write(to: frames.appendingPathComponent("1.jpg"))
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(frames.path)"
            $0.video.loop = true
        }
        let client = try await running.client()
        _ = try await client.waitForStatus { ($0["counters"]?["framesEncoded"]?.integer ?? 0) > 0 }
        try await client.send(ClientMessage(.native(.snapshot), id: "s"))
        let reply = try await client.reply(to: "s")
        let snapshot = try #require(reply.native("snapshot"))
        #expect(reply.line.count <= 512 << 10)
        let jpeg = try #require(Data(base64Encoded: snapshot["data"]?.string ?? ""))
        let seen = try ImageFiles.decode(Array(jpeg))
        #expect(Int64(seen.width) == snapshot["width"]?.integer && Int64(seen.height) == snapshot["height"]?.integer)
        await client.close()
        await running.stop()
    }

    @Test func manyClientsAskAtOnce() async throws {
        let running = try await RunningDaemon.start { $0.stream.maximumAsks = 8 }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let client = try await running.client(subscribe: [.turn])
                    let answer = try await client.answer(to: "what is on the desk?").text
                    await client.close()
                    return answer
                }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(answers.count == 6)
        #expect(Set(answers).count == 1)
        await running.stop()
    }

    @Test func badInputOfOneClientDisturbsNobodyElse() async throws {
        let running = try await RunningDaemon.start()
        let good = try await running.client()
        let bad = try await running.client()
        for line in [
            #"{"clientContent":{"turns":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}]}],"turnComplete":true},"mm":{"id":"b1"}}"#,
            #"{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"AAA="}},"mm":{"id":"b2"}}"#,
            #"{"toolResponse":{"functionResponses":[{"id":"x","response":{}}]},"mm":{"id":"b3"}}"#,
            #"{"nonsense":{},"mm":{"id":"b4"}}"#,
        ] {
            try await bad.send(line: Array(line.utf8))
            let id = RequestID.string("b\(try #require(line.split(separator: "\"id\":\"b").last?.first))")
            await #expect(throws: AgentClientError.self, "\(line)") { _ = try await bad.reply(to: id) }
        }
        try await bad.send(line: Array(#"{"clientContent":"#.utf8))
        await bad.close()
        #expect(try await good.answer(to: "still there?").end.isTurnComplete)
        await good.close()
        await running.stop()
    }

    @Test func aPrivateSessionTakesTheClientsOwnMedia() async throws {
        let running = try await RunningDaemon.start()
        let client = try await AgentClient.connect(to: running.socket)
        try await client.setUp(.native(session: nil, topics: Set(Topic.allCases)))
        let jpeg = try Data(contentsOf: URL(fileURLWithPath: RunningDaemon.desk + "/frames/frame-00030.jpg")).base64EncodedString()
        try await client.send(line: Array(#"{"realtime_input":{"video":{"mime_type":"image/jpeg","data":"\#(jpeg)"}}}"#.utf8))
        let seen = try await client.next(waitingFor: "observation", timeout: .seconds(30))
        #expect(seen.native("observation") != nil)
        let samples = Data(repeating: 0, count: 8_000).base64EncodedString()
        try await client.send(line: Array(#"{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=8000","data":"\#(samples)"}}}"#.utf8))
        let (_, end) = try await client.answer(to: "what do you see?")
        #expect(end.json["mm"]?["evidence"]?["frames"]?.array?.count == 1)
        await client.close()
        await running.stop()
    }

    @Test func aStandingInstructionSpeaksUp() async throws {
        let running = try await RunningDaemon.start {
            $0.video.source = "file:\(RunningDaemon.desk)/frames"
            $0.video.loop = true
            $0.stream.maximumWatches = 1
        }
        let setup = Setup.native(topics: [.turn], instruction: "tell me when a mug appears")
        let client = try await AgentClient.connect(to: running.socket)
        try await client.setUp(setup)
        let second = try await AgentClient.connect(to: running.socket)
        await #expect(throws: AgentClientError.self) { try await second.setUp(setup) }
        var sentence = ""
        while true {
            let message = try await client.next(waitingFor: "a sentence", timeout: .seconds(60))
            #expect(message.isUnsolicited)
            sentence += message.text ?? ""
            if message.isTurnComplete { break }
        }
        #expect(!sentence.isEmpty)
        await client.close()
        await running.stop()
    }

    @Test func aFileThatIsNotARecordingKeepsTheDaemonFromStarting() async throws {
        await #expect(throws: (any Error).self) {
            _ = try await RunningDaemon.start { $0.audio.source = "file:/no/such/file.wav" }
        }
        await #expect(throws: (any Error).self) {
            _ = try await RunningDaemon.start { $0.model.path = "/no/such/model" }
        }
    }

    @Test func aSecondDaemonAtTheSameSocketIsRefused() async throws {
        let running = try await RunningDaemon.start()
        await #expect(throws: AgentSocketError.self) {
            // Before it has read a model: it is not this that it complains of.
            _ = try await RunningDaemon.start {
                $0.socket.path = running.socket
                $0.model.path = "/no/such/model"
            }
        }
        let client = try await running.client()
        #expect(try await client.answer(to: "hello").end.isTurnComplete)
        await client.close()
        await running.stop()
    }
}
