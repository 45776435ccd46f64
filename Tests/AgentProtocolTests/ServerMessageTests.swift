import AgentProtocol
import Testing

@Suite("Messages to clients")
struct ServerMessageTests {
    private let time = Timestamp(milliseconds: 1_795_237_331_123)

    private func wire(_ message: ServerMessage) throws -> JSONValue {
        try JSONText.parse(OutboundMessage(message).bytes)
    }

    @Test("the lines of the protocol document")
    func golden() throws {
        #expect(
            try wire(
                ServerMessage(
                    .setupComplete(SetupComplete(sessionID: "main", server: "mmagentd/0.3", features: ["observe", "replay"], next: 1201)),
                    sequence: 1200, time: time))
                == json(
                    #"{"setupComplete":{"sessionId":"main","mm":{"version":1,"server":"mmagentd/0.3","features":["observe","replay"],"next":1201}},"mm":{"seq":1200,"time":"2026-11-21T05:02:11.123Z"}}"#
                ))
        #expect(
            try wire(
                ServerMessage(
                    .inputTranscription(Transcription(text: "what is that?", isFinished: true, start: .milliseconds(71200))),
                    sequence: 1201, time: time, turn: "t17", source: "mic"))
                == json(
                    #"{"serverContent":{"inputTranscription":{"text":"what is that?","finished":true,"startOffset":"71.2s"}},"mm":{"seq":1201,"time":"2026-11-21T05:02:11.123Z","turn":"t17","source":"mic"}}"#
                ))
        #expect(
            try wire(ServerMessage(.modelTurn(text: "A red "), sequence: 1202, turn: "t17"))
                == json(#"{"serverContent":{"modelTurn":{"role":"model","parts":[{"text":"A red "}]}},"mm":{"seq":1202,"turn":"t17"}}"#))
        #expect(
            try wire(ServerMessage(.observation(Observation(text: "person enters", source: "camera", score: 0.91)), sequence: 1205))
                == json(#"{"mm":{"seq":1205,"observation":{"text":"person enters","source":"camera","score":0.91}}}"#))
    }

    @Test("the end of a turn: usage, evidence, timing, reason")
    func turnEnd() throws {
        let turn = TurnComplete(
            reason: .maximumTokens,
            usage: Usage(promptTokens: 200, responseTokens: 14, cachedTokens: 190, promptDetails: ["VIDEO": 150, "TEXT": 50]),
            evidence: Evidence(
                frames: [.init(time: .milliseconds(12500), age: .milliseconds(400))],
                audio: [.init(from: .milliseconds(3200), to: .milliseconds(5100))]),
            timing: Timing(firstToken: .milliseconds(45)))
        #expect(
            try wire(ServerMessage(.turnComplete(turn), sequence: 1204, turn: "t17"))
                == json(
                    #"{"serverContent":{"turnComplete":true,"turnCompleteReason":"MAX_TOKENS"},"usageMetadata":{"promptTokenCount":200,"responseTokenCount":14,"totalTokenCount":214,"cachedContentTokenCount":190,"promptTokensDetails":[{"modality":"TEXT","tokenCount":50},{"modality":"VIDEO","tokenCount":150}]},"mm":{"seq":1204,"turn":"t17","evidence":{"frames":[{"time":"12.5s","age":"0.4s"}],"audio":[{"from":"3.2s","to":"5.1s"}]},"timing":{"firstToken":"0.045s"}}}"#
                ))
        #expect(try wire(ServerMessage(.generationComplete)) == json(#"{"serverContent":{"generationComplete":true}}"#))
        #expect(try wire(ServerMessage(.interrupted)) == json(#"{"serverContent":{"interrupted":true}}"#))
        #expect(try wire(ServerMessage(.turnComplete(TurnComplete()))) == json(#"{"serverContent":{"turnComplete":true}}"#))
    }

    @Test("errors are flat and nested at once")
    func errors() throws {
        let error = StatusError(.invalidArgument, "no", reason: "UNSUPPORTED_MIME_TYPE", re: "c7")
        let status =
            #""code":400,"status":"INVALID_ARGUMENT","message":"no","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"UNSUPPORTED_MIME_TYPE","domain":"mmagentd"}]"#
        #expect(try wire(ServerMessage(.error(error))) == json("{\(status),\"error\":{\(status)},\"mm\":{\"re\":\"c7\",\"fatal\":false}}"))
        let read = try ReceivedMessage(OutboundMessage(ServerMessage(.error(error.fatal))).bytes)
        #expect(read.error == error.fatal)
        #expect(read.error?.isFatal == true)
    }

    @Test("voice activity, goAway, health, devices, gaps")
    func others() throws {
        #expect(
            try wire(ServerMessage(.voiceActivity(VoiceActivity(.start, offset: .milliseconds(1500)))))
                == json(#"{"voiceActivity":{"type":"ACTIVITY_START","audioOffset":"1.5s"}}"#))
        #expect(try wire(ServerMessage(.goAway(timeLeft: .milliseconds(9500)))) == json(#"{"goAway":{"timeLeft":"9.5s"}}"#))
        #expect(
            try wire(
                ServerMessage(.health(Health(component: "governor", state: .degraded, message: "m", values: ["fps": 0.5])), sequence: 1))
                == json(#"{"mm":{"seq":1,"health":{"component":"governor","state":"degraded","message":"m","values":{"fps":0.5}}}}"#))
        #expect(
            try wire(ServerMessage(.device(DeviceReport(modality: .camera, source: "v4l2:/dev/video0", state: .lost, detail: "unplugged"))))
                == json(#"{"mm":{"device":{"modality":"camera","source":"v4l2:/dev/video0","state":"lost","detail":"unplugged"}}}"#))
        #expect(try wire(ServerMessage(.gap(.events(from: 3, to: 9)))) == json(#"{"mm":{"gap":{"from":3,"to":9}}}"#))
        #expect(
            try wire(ServerMessage(.gap(.media(.microphone, from: .seconds(1), to: .seconds(2), reason: "overrun"))))
                == json(#"{"mm":{"gap":{"modality":"mic","from":"1s","to":"2s","reason":"overrun"}}}"#))
        #expect(
            try wire(ServerMessage(.interimInputTranscription(Transcription(text: "wh", isFinished: false))))
                == json(#"{"serverContent":{"interimInputTranscription":{"text":"wh","finished":false}}}"#))
    }

    @Test("replies carry re, and the snapshot its bytes")
    func replies() throws {
        func reply(_ reply: Reply, turn: String? = nil) throws -> ReceivedMessage {
            try ReceivedMessage(OutboundMessage(ServerMessage(.reply(reply), turn: turn, re: "c1")).bytes)
        }
        let accepted = try reply(.accepted, turn: "t3")
        #expect(accepted.re == "c1")
        #expect(accepted.turn == "t3")
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF]
        let snapshot = try reply(.snapshot(Snapshot(jpeg: jpeg, width: 4, height: 3, age: .milliseconds(100))))
        #expect(snapshot.native("snapshot")?["data"]?.base64Bytes == jpeg)
        #expect(snapshot.native("snapshot")?["mimeType"] == "image/jpeg")
        #expect(try reply(.muted(.microphone, true)).native("mute") == ["modality": "mic", "muted": true])
        #expect(try reply(.cancelled(turn: "t3", true)).native("cancel") == ["turn": "t3", "cancelled": true])
        #expect(try reply(.subscribed([.turn, .health])).native("subscribe") == ["health", "turn"])
        let device = DeviceReport(modality: .microphone, source: "none", state: .muted, detail: "", counters: ["gaps": 2])
        #expect(try reply(.devices([device])).native("devices")?.array?.first?["counters"]?["gaps"] == 2)
        let report = StatusReport(
            server: "mmagentd/0.1", state: .ok, message: "", uptime: .seconds(3), model: "nano", weights: "q8", cachedTokens: 10,
            tokenBudget: 100, cacheBytes: 1, residentBytes: 2, lag: .milliseconds(20), clients: 1, devices: [device])
        let status = try reply(.status(report)).native("status")
        #expect(status?["lag"] == "0.02s")
        #expect(status?["devices"]?.array?.count == 1)
    }

    @Test("a client reads text, turn ends and errors from what the server writes")
    func received() throws {
        func read(_ event: AgentEvent, turn: String? = nil) throws -> ReceivedMessage {
            try ReceivedMessage(OutboundMessage(ServerMessage(event, sequence: 5, turn: turn)).bytes)
        }
        let delta = try read(.modelTurn(text: "hé"), turn: "t1")
        #expect(delta.text == "hé")
        #expect(delta.turn == "t1")
        #expect(delta.sequence == 5)
        #expect(!delta.isTurnComplete)
        #expect(delta.error == nil)
        let end = try read(.turnComplete(TurnComplete(reason: .cancelled)))
        #expect(end.isTurnComplete)
        #expect(end.turnCompleteReason == "CANCELLED")
        #expect(end.text == nil)
        #expect(try read(.goAway(timeLeft: .seconds(2))).goAway == .seconds(2))
        #expect(
            try ReceivedMessage(Array(#"{"error":{"code":404,"status":"NOT_FOUND","message":"m"}}"#.utf8)).error
                == StatusError(.notFound, "m", reason: nil))
    }

    @Test("no event breaks an SDK: every message for one has a key it knows")
    func knownKeys() throws {
        let known: Set = ["setupComplete", "serverContent", "voiceActivity", "goAway", "usageMetadata", "code", "sessionResumptionUpdate"]
        let events: [AgentEvent] = [
            .setupComplete(SetupComplete(sessionID: "a", server: "b", next: 1)), .modelTurn(text: "x"), .generationComplete,
            .turnComplete(TurnComplete()), .interrupted, .inputTranscription(Transcription(text: "x", isFinished: true)),
            .interimInputTranscription(Transcription(text: "x", isFinished: false)), .voiceActivity(VoiceActivity(.end, offset: .zero)),
            .observation(Observation(text: "x")), .health(Health(component: "a", state: .ok, message: "")), .gap(.events(from: 1, to: 2)),
            .error(StatusError(.internal, "x", reason: nil)), .goAway(timeLeft: .zero), .reply(.accepted),
            .sessionResumptionUpdate(handle: "h"),
        ]
        for event in events {
            let keys = Set(try #require(try wire(ServerMessage(event, sequence: 1)).object).keys)
            #expect(event.isNativeOnly == keys.isDisjoint(with: known), "\(event)")
        }
    }
}
