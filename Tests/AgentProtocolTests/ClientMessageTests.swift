import AgentProtocol
import Testing

@Suite("Messages from clients")
struct ClientMessageTests {
    @Test("the setup line of the protocol document")
    func goldenSetup() throws {
        let message = try decode(
            #"{"setup":{"model":"models/mmagent","mm":{"version":1,"attach":"main","role":"observer","subscribe":["turn","transcription","observation"]}}}"#
        )
        guard case .setup(let setup) = message.kind else { throw Unexpected() }
        #expect(setup.modelName == "mmagent")
        #expect(setup.isNative)
        #expect(setup.version == 1)
        #expect(setup.attach == "main")
        #expect(setup.role == .observer)
        #expect(setup.topics == [.turn, .transcription, .observation])
    }

    @Test("a setup as SDKs send it, in either spelling", arguments: [true, false])
    func sdkSetup(snake: Bool) throws {
        let camel =
            #"{"setup":{"model":"models/mmagent-main","generationConfig":{"responseModalities":["TEXT"],"temperature":0.5,"topK":40.0,"topP":0.9,"maxOutputTokens":"128","seed":7},"systemInstruction":{"role":"user","parts":[{"text":"be brief"}]},"tools":[{"functionDeclarations":[{"name":"turn_on","parameters_json_schema":{"some_key":1}}]}],"inputAudioTranscription":{},"realtimeInputConfig":{"automaticActivityDetection":{"disabled":true,"silenceDurationMs":500},"activityHandling":"NO_INTERRUPTION"},"contextWindowCompression":{"triggerTokens":"100","slidingWindow":{"targetTokens":50}},"proactivity":{"proactiveAudio":true},"labels":{"mm_role":"observer","mm_subscribe":"turn,health","some_label":"x"}}}"#
        let line = snake ? snakeCased(camel) : camel
        let message = try decode(line)
        guard case .setup(let setup) = message.kind else { throw Unexpected() }
        #expect(setup.attach == "main")
        #expect(setup.generation.temperature == 0.5)
        #expect(setup.generation.topK == 40)
        #expect(setup.generation.topP == 0.9)
        #expect(setup.generation.maxOutputTokens == 128)
        #expect(setup.generation.seed == 7)
        #expect(setup.systemInstruction?.text == "be brief")
        #expect(setup.wantsInputTranscription)
        #expect(setup.realtimeInput.silenceDurationMilliseconds == 500)
        #expect(setup.isProactive)
        #expect(!setup.isNative)
        #expect(setup.role == .observer)
        #expect(setup.topics == [.turn, .health])
        // Free dictionaries keep their keys.
        #expect(setup.labels["some_label"] == "x")
        #expect(setup.realtimeInput.isManual)
        #expect(setup.realtimeInput.activityHandling == .noInterruption)
        #expect(setup.compression == ContextCompression(triggerTokens: 100, targetTokens: 50))
        #expect(setup.proactivity == Proactivity(audio: true))
        #expect(setup.functions == [FunctionDeclaration(name: "turn_on", parameters: ["some_key": 1])])
        #expect(message.ignored == [])
    }

    @Test(
        "the machine's own devices by the model's name",
        arguments: [
            ("models/mmagent-main", true), ("gemini-3.1-live-mmagent-main", true), ("models/gemini-3.1-live-mmagent-main", true),
            ("models/mmagent", false), ("gemini-3.1-live-mmagent", false), ("other-mmagent-main", false), ("gemini-main", false),
        ])
    func mainByName(name: String, joins: Bool) throws {
        guard case .setup(let setup) = try decode("{\"setup\":{\"model\":\"\(name)\"}}").kind else { throw Unexpected() }
        #expect(setup.attach == (joins ? "main" : nil))
    }

    @Test("without a subscription a client gets what an SDK expects")
    func defaultTopics() throws {
        guard case .setup(let plain) = try decode(#"{"setup":{}}"#).kind else { throw Unexpected() }
        #expect(plain.topics == [.turn, .tool])
        guard case .setup(let listening) = try decode(#"{"setup":{"input_audio_transcription":{}}}"#).kind else { throw Unexpected() }
        #expect(listening.topics == [.turn, .transcription, .tool])
        guard case .setup(let all) = try decode(#"{"setup":{"mm":{"subscribe":["*"]}}}"#).kind else { throw Unexpected() }
        #expect(all.topics == Set(Topic.allCases))
        guard case .setup(let none) = try decode(#"{"setup":{"mm":{"subscribe":[]}}}"#).kind else { throw Unexpected() }
        #expect(none.topics.isEmpty)
    }

    @Test("client content as the Python SDK mixes it")
    func mixedContent() throws {
        let message = try decode(
            #"{"client_content":{"turns":[{"role":"user","parts":[{"inlineData":{"data":"_-8=","mime_type":"image/jpeg"},"partMetadata":{"a_b":{"c_d":1}}},{"text":"what is that?"}]}],"turnComplete":true},"mm":{"id":"c7"}}"#
        )
        #expect(message.id == "c7")
        #expect(
            message.kind
                == .clientContent(
                    ClientContent(
                        turns: [
                            Content(
                                role: "user",
                                parts: [
                                    Part(.inlineData(Blob(mimeType: "image/jpeg", data: [0xFF, 0xEF])), metadata: ["a_b": ["c_d": 1]]),
                                    Part(.text("what is that?")),
                                ])
                        ], turnComplete: true)))
        #expect(try decode(#"{"clientContent":{}}"#).kind == .clientContent(ClientContent(turns: [], turnComplete: false)))
        #expect(
            try decode(#"{"client_content":{"turn_complete":true}}"#).kind == .clientContent(ClientContent(turns: [], turnComplete: true)))
    }

    @Test("every field of realtime input, in either spelling")
    func realtimeInput() throws {
        func inputs(_ body: String) throws -> [RealtimeInput] {
            guard case .realtimeInput(let inputs) = try decode(body).kind else { throw Unexpected() }
            return inputs
        }
        let audio = Blob(mimeType: "audio/pcm;rate=16000", data: [0, 0x80, 0xFF, 0x7F])
        let image = Blob(mimeType: "image/png", data: [1, 2])
        #expect(try inputs(#"{"realtimeInput":{"audio":{"data":"AID/fw==","mimeType":"audio/pcm;rate=16000"}}}"#) == [.audio(audio)])
        #expect(try inputs(#"{"realtime_input":{"video":{"data":"AQI","mime_type":"image/png"}}}"#) == [.video(image)])
        #expect(
            try inputs(
                #"{"realtime_input":{"media_chunks":[{"data":"AID_fw","mime_type":"audio/pcm;rate=16000"},{"data":"AQI=","mime_type":"image/png"}]}}"#
            )
                == [.audio(audio), .video(image)])
        #expect(try inputs(#"{"realtimeInput":{"text":"hello"}}"#) == [.text("hello")])
        #expect(try inputs(#"{"realtimeInput":{"activityStart":{}}}"#) == [.activityStart])
        #expect(try inputs(#"{"realtimeInput":{"activity_end":{}}}"#) == [.activityEnd])
        #expect(try inputs(#"{"realtimeInput":{"audioStreamEnd":true}}"#) == [.audioStreamEnd])
        #expect(try inputs(#"{"realtimeInput":{"audio_stream_end":false,"text":null}}"#) == [])
        let (rate, samples) = try audio.pcm16()
        #expect(rate == 16_000)
        #expect(samples == [-1, Float(32767) / 32768])
    }

    @Test("tool responses and context updates keep their free objects")
    func seams() throws {
        let tool = try decode(
            #"{"tool_response":{"function_responses":[{"id":"f1","name":"turn_on","response":{"some_result":{"x_y":1}},"scheduling":"SILENT","will_continue":true}]}}"#
        )
        guard case .toolResponse(let responses) = tool.kind else { throw Unexpected() }
        #expect(responses.count == 1)
        #expect(responses[0].id == "f1")
        #expect(responses[0].response == ["some_result": ["x_y": 1]])
        #expect(responses[0].willContinue)
        let update = try decode(#"{"contextUpdate":{"systemInstruction":{"parts":[{"text":"x"}]},"tools":{"tools":[]}}}"#)
        guard case .contextUpdate(let context) = update.kind else { throw Unexpected() }
        #expect(context.systemInstruction?.text == "x")
        #expect(context.tools == [])
    }

    @Test("native requests")
    func native() throws {
        #expect(try decode(#"{"mm":{"id":"c1","status":{}}}"#) == ClientMessage(.native(.status), id: "c1"))
        #expect(try decode(#"{"mm":{"id":2,"devices":{}}}"#) == ClientMessage(.native(.devices), id: 2))
        #expect(try decode(#"{"mm":{"mute":{"modality":"mic"}}}"#).kind == .native(.mute(.microphone)))
        #expect(try decode(#"{"mm":{"unmute":{"modality":"camera"}}}"#).kind == .native(.unmute(.camera)))
        #expect(try decode(#"{"mm":{"snapshot":{}}}"#).kind == .native(.snapshot))
        #expect(try decode(#"{"mm":{"cancel":{"turn":"t17"}}}"#).kind == .native(.cancel(turn: "t17")))
        #expect(try decode(#"{"mm":{"cancel":{}}}"#).kind == .native(.cancel(turn: nil)))
        #expect(
            try decode(#"{"mm":{"subscribe":["turn","voice_activity","interim"]}}"#).kind
                == .native(.subscribe([.turn, .voiceActivity, .interim])))
    }

    @Test("unknown fields beside known ones are ignored")
    func unknownFields() throws {
        #expect(
            try decode(#"{"clientContent":{"turnComplete":true,"fancy":[1,2]},"trace":{"x":1},"mm":{"id":"a","new":1}}"#).kind
                == .clientContent(ClientContent(turns: [], turnComplete: true)))
    }

    @Test("what our client encodes, the decoder reads back")
    func roundTrip() throws {
        var setup = Setup()
        setup.model = "models/mmagent"
        setup.isNative = true
        setup.version = 1
        setup.attach = "main"
        setup.role = .observer
        setup.subscribe = [.health, .turn]
        setup.wantsInputTranscription = true
        setup.generation.temperature = 0.25
        setup.generation.maxOutputTokens = 64
        let blob = Blob(mimeType: "image/jpeg", data: (0...255).map { UInt8($0) })
        let messages: [ClientMessage] = [
            ClientMessage(.setup(setup)),
            ClientMessage(.clientContent(ClientContent(turns: [.text("a\n\"b\" ü")], turnComplete: true)), id: "x"),
            ClientMessage(
                .clientContent(
                    ClientContent(
                        turns: [Content(parts: [Part(.inlineData(blob), metadata: ["k_k": [1, 2.5, true, nil ?? .null]])])],
                        turnComplete: false))),
            ClientMessage(.realtimeInput([.audio(Blob(mimeType: "audio/pcm", data: [1, 2]))])),
            ClientMessage(.realtimeInput([.audioStreamEnd])),
            ClientMessage(.native(.subscribe([.observation])), id: 9),
            ClientMessage(.native(.mute(.camera)), id: "m"),
            ClientMessage(.native(.cancel(turn: "t1"))),
        ]
        for message in messages { #expect(try decode(text(JSONText.encode(message.json))) == message) }
    }

    /// Spells the keys of the protocol in snake_case, but not those inside free dictionaries.
    private func snakeCased(_ line: String) -> String {
        var line = line
        for key in [
            "generationConfig", "responseModalities", "topK", "topP", "maxOutputTokens", "systemInstruction", "functionDeclarations",
            "inputAudioTranscription", "realtimeInputConfig", "automaticActivityDetection", "silenceDurationMs", "activityHandling",
            "contextWindowCompression", "triggerTokens", "slidingWindow", "targetTokens", "proactiveAudio",
        ] {
            let snake = key.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
            line = line.replacing("\"\(key)\"", with: "\"\(snake)\"")
        }
        return line
    }
}

struct Unexpected: Error {}
