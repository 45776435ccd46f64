import AgentProtocol
import Testing

/// The wire of Live Interactions: its events to the values that all wires share, and back.
@Suite("Live Interactions")
struct InteractionsTests: InteractionsSuite {
    // MARK: The beginning

    @Test("main, as it is called, joins the machine's own session", arguments: ["main", "mmagent-main", "models/mmagent-main"])
    func main(id: String) throws {
        let setup = try setup(#"{"event_type":"interaction.connect","id":"\#(id)"}"#)
        #expect(setup.attach == "main")
        #expect(setup.topics == [.turn, .transcription, .tool])
        #expect(!setup.hearsOthers)
        #expect(setup.runsOn && setup.isNative)
        #expect(setup.after == nil)
    }

    @Test(
        "where an interaction is taken up again, said in each of the ways",
        arguments: [
            (#""id":"main@1200""#, 1200), (#""id":"main","last_event_id":"1200""#, 1200), (#""id":"main","last_event_id":1200"#, 1200),
            (#""id":"main","next_output_seq_num":1201,"ack_output_seq_num":3"#, 1200), (#""id":"main","next_output_seq_num":0"#, 0),
        ] as [(String, Int64)])
    func after(said: String, number: Int64) throws {
        let setup = try setup(#"{"event_type":"interaction.connect","background":true,\#(said)}"#)
        #expect(setup.attach == "main")
        #expect(setup.after == number)
    }

    @Test("a session of one's own: by connect, or with all that create says")
    func ownSession() throws {
        #expect(try setup(#"{"event_type":"interaction.connect","id":"mmagent"}"#).attach == nil)
        let setup = try setup(
            #"{"event_type":"interaction.create","model":"models/nano","system_instruction":"be brief","generation_config":{"temperature":0.5,"max_output_tokens":20,"thinking_summaries":"auto"},"response_modalities":["text"],"store":false,"tools":[{"type":"function","name":"ring_bell","description":"ring","parameters":{"type":"object"}},{"type":"google_search"}]}"#
        )
        #expect(setup.modelName == "nano")
        #expect(setup.systemInstruction?.text == "be brief")
        #expect(setup.generation.temperature == 0.5)
        #expect(setup.generation.maxOutputTokens == 20)
        #expect(setup.generation.thinking.includesThoughts)
        #expect(setup.functions.map(\.name) == ["ring_bell"])
        #expect(setup.functions.first?.parameters == ["type": "object"])
        #expect(try self.setup(#"{"event_type":"interaction.create","model":"mmagent-main"}"#).attach == "main")
    }

    @Test("what is not read is named; what would change the meaning is refused")
    func nothingInSilence() throws {
        let wire = InteractionsWire()
        let message = try #require(
            messages(
                wire,
                #"{"event_type":"interaction.create","store":true,"tools":[{"type":"google_search","x":1}],"response_modalities":["audio"],"safety":1}"#
            ).first)
        #expect(message.ignored == ["response_modalities: audio -> text", "safety", "store", "tools[0].type: google_search"])
        for field in ["previous_interaction_id", "input", "agent", "response_format"] {
            let error = try #require(refusal(InteractionsWire(), #"{"event_type":"interaction.create","\#(field)":"x"}"#))
            #expect(error.reason == "UNSUPPORTED_FIELD" && error.message.contains(field))
        }
        let asked = try joined()
        #expect(read(asked, #"{"event_type":"interaction.disconnect","why":1}"#) == [.ignored(["why"]), .leave])
        let input = #"{"event_type":"input","content":[{"type":"text","text":"x","annotations":[]}]}"#
        let text = try #require(messages(try joined(), input).first)
        #expect(text.ignored == ["content[0].annotations"])
    }

    @Test("another interaction is refused by name, and nothing comes before the first event")
    func unknownInteraction() throws {
        let error = try #require(refusal(InteractionsWire(), #"{"event_type":"interaction.connect","id":"int_001"}"#))
        #expect(error.status == .notFound && error.reason == "UNKNOWN_SESSION" && error.message.contains("int_001"))
        #expect(refusal(InteractionsWire(), #"{"event_type":"input","content":[{"type":"text","text":"x"}]}"#)?.reason == "SETUP_EXPECTED")
        #expect(refusal(try joined(), #"{"event_type":"interaction.connect","id":"main"}"#)?.reason == "SETUP_REPEATED")
    }

    @Test("connected and created say who and what, with the number to go on from")
    func begun() throws {
        let wire = InteractionsWire()
        _ = read(wire, #"{"event_type":"interaction.connect","id":"main"}"#)
        var complete = SetupComplete(sessionID: "main", server: "s/1", next: 8)
        complete.ignored = ["setup.inputAudioTranscription", "setup.generationConfig.maxOutputTokens: 9 -> 8", "x"]
        let connected = try #require(try events(wire, .setupComplete(complete), 7, turn: nil).first)
        #expect(connected["event_type"] == "interaction.connected")
        #expect(connected["interaction_id"] == "main")
        #expect(connected["event_id"] == "7")
        #expect(connected["mm"]?["ignored"] == ["generation_config.max_output_tokens: 9 -> 8", "x"])
        let own = InteractionsWire()
        _ = read(own, #"{"event_type":"interaction.create"}"#)
        #expect(types(try events(own, .setupComplete(complete), 7, turn: nil)) == ["interaction.created"])
    }

    // MARK: Input

    @Test("text asks, with the pictures beside it in their order")
    func text() throws {
        let wire = try joined()
        let asked = try #require(
            content(
                messages(
                    wire,
                    #"{"event_type":"input","content":[{"type":"image","data":"_-8=","mime_type":"image/png"},{"type":"text","text":"what?"}]}"#
                ).first))
        #expect(asked.turnComplete)
        #expect(
            asked.turns.first?.parts == [
                Part(.inlineData(Blob(mimeType: "image/png", data: [0xFF, 0xEF]))), Part(.text("what?")),
            ])
    }

    @Test("a picture alone is looked at: with the next question on main, as a frame in a session of one's own")
    func picture() throws {
        let picture = #"{"event_type":"input","content":[{"type":"image","data":"AAAA","mime_type":"image/jpeg"}]}"#
        #expect(content(messages(try joined(), picture).first)?.turnComplete == false)
        let blob = Blob(mimeType: "image/jpeg", data: [0, 0, 0])
        #expect(messages(try joined("mmagent", session: "s1"), picture).first?.kind == .realtimeInput([.video(blob)]))
        // Also where it comes with the first event, before the answer to that.
        let batch = #"{"events":[{"event_type":"interaction.connect","id":"main"},\#(picture)]}"#
        #expect(content(messages(InteractionsWire(), batch).last)?.turnComplete == false)
    }

    @Test("sound has its rate and channels beside it")
    func sound() throws {
        let wire = try joined("mmagent", session: "s1")
        let sound = messages(
            wire,
            #"{"event_type":"input","content":[{"type":"audio","data":"AAAA","mime_type":"audio/l16","sample_rate":48000,"channels":2},{"type":"audio","data":"","mime_type":"audio/pcm;rate=8000","sample_rate":16000}]}"#
        ).first?.kind
        #expect(
            sound
                == .realtimeInput([
                    .audio(Blob(mimeType: "audio/l16;rate=48000;channels=2", data: [0, 0, 0])),
                    .audio(Blob(mimeType: "audio/pcm;rate=8000", data: [])),
                ]))
    }

    @Test(
        "what a function returned, in each form",
        arguments: [
            (#"{"ok":true}"#, ["ok": true]), (#""done""#, ["result": "done"]), (#"[1]"#, ["result": [1]]),
            (#""no","is_error":true"#, ["error": "no"]),
        ] as [(String, JSONValue)])
    func result(said: String, response: JSONValue) throws {
        let message = messages(
            try joined(),
            #"{"event_type":"input","content":[{"type":"function_result","call_id":"c1","name":"f","result":\#(said)}]}"#
        ).first
        #expect(message?.kind == .toolResponse([FunctionResponse(id: "c1", name: "f", response: response)]))
    }

    @Test("create on an interaction that is joined declares functions and instructs, and is answered when that is done")
    func change() throws {
        let wire = try joined()
        let message = try #require(
            messages(wire, #"{"event_type":"interaction.create","system_instruction":"x","tools":[{"type":"function","name":"f"}]}"#).first)
        guard case .contextUpdate(let update) = message.kind else { throw UnexpectedInputs(inputs: [.message(message)]) }
        #expect(update.systemInstruction?.text == "x")
        #expect(try FunctionDeclaration.list(in: .array(update.tools ?? [])).map(\.name) == ["f"])
        #expect(types(try events(wire, .reply(.accepted), turn: nil, re: message.id)) == ["interaction.created"])
        #expect(refusal(wire, #"{"event_type":"interaction.create","model":"x"}"#)?.reason == "SETUP_REPEATED")
    }

    @Test("several events in one message, each for itself; own requests under mm")
    func batches() throws {
        let wire = try joined()
        let inputs = read(
            wire,
            #"{"events":[{"event_type":"input","content":[{"type":"text","text":"a"}]},{"event_type":"nonsense"},7,{"event_type":"mm","id":"q","status":{}}],"ack_output_seq_num":9}"#
        )
        #expect(inputs.count == 4)
        guard case .refused(let unknown) = inputs[1], case .refused(let number) = inputs[2] else { throw UnexpectedInputs(inputs: inputs) }
        #expect(unknown.reason == "UNKNOWN_VALUE")
        #expect(unknown.message.contains("events[1].event_type") && unknown.message.contains("nonsense"))
        #expect(number.reason == "WRONG_TYPE" && number.message.contains("events[2]"))
        #expect(inputs[3] == .message(ClientMessage(.native(.status), id: "q")))
        let topics = messages(wire, #"{"event_type":"mm","subscribe":["observation"]}"#).first?.kind
        #expect(topics == .native(.subscribe([.observation, .turn, .tool])))
        for count in [0, 65] {
            let events = Array(repeating: #"{"event_type":"interaction.complete"}"#, count: count).joined(separator: ",")
            #expect(refusal(wire, "{\"events\":[\(events)]}")?.reason == "OUT_OF_RANGE")
        }
    }

    @Test(
        "what is malformed is refused by its place, and the interaction goes on",
        arguments: [
            ("{", "NOT_JSON", ""), ("[]", "UNKNOWN_MESSAGE_KIND", ""), ("{}", "MISSING_FIELD", "event_type"),
            (#"{"event_type":7}"#, "WRONG_TYPE", "event_type"), (#"{"event_type":"input"}"#, "MISSING_FIELD", "content"),
            (#"{"event_type":"input","content":"x"}"#, "WRONG_TYPE", "content"),
            (#"{"event_type":"input","content":[{"type":"text"}]}"#, "MISSING_FIELD", "content[0].text"),
            (#"{"event_type":"input","content":[{"type":"film"}]}"#, "UNKNOWN_VALUE", "content[0].type"),
            (#"{"event_type":"input","content":[{"type":"video","data":""}]}"#, "UNSUPPORTED_FIELD", "video"),
            (#"{"event_type":"input","content":[{"type":"image","uri":"x"}]}"#, "UNSUPPORTED_FIELD", "content[0].uri"),
            (#"{"event_type":"input","content":[{"type":"image","data":"x!","mime_type":"image/png"}]}"#, "INVALID_BASE64", "[0].data"),
            (#"{"event_type":"input","content":[{"type":"image","data":"","mime_type":"text/a"}]}"#, "UNSUPPORTED_MIME_TYPE", "mime_type"),
            (#"{"event_type":"input","content":[{"type":"function_result","result":1}]}"#, "MISSING_FIELD", "content[0].call_id"),
            (#"{"event_type":"world_setup"}"#, "UNSUPPORTED_FIELD", "world_setup"), (#"{"event_type":"mm"}"#, "UNKNOWN_REQUEST", ""),
            (#"{"events":{}}"#, "WRONG_TYPE", "events"),
        ])
    func malformed(text: String, reason: String, place: String) throws {
        let wire = try joined()
        let error = try #require(refusal(wire, text))
        #expect(error.reason == reason, "\(error)")
        #expect(error.message.contains(place), "\(error)")
        #expect(!error.isFatal)
        let half = #"{"event_type":"input","content":[{"type":"text","text":"\ud83d"}]}"#
        #expect(content(messages(wire, half).first)?.turns.first?.text == "\u{FFFD}")
    }

    @Test(
        "a place that is none is refused, with what it is",
        arguments: [
            (#""id":"main@x""#, "main@x"), (#""id":"main","last_event_id":"-1""#, "-1"), (#""id":"main","last_event_id":-2"#, "-2"),
            (#""id":"main","last_event_id":[]"#, "array"), (#""id":"""#, "id"), (#""x":1"#, "id"),
        ])
    func noPlace(said: String, told: String) {
        let refused = refusal(InteractionsWire(), #"{"event_type":"interaction.connect",\#(said)}"#)
        #expect(refused?.status == .invalidArgument && refused?.message.contains(told) == true, "\(refused?.message ?? "")")
    }

    // MARK: What it is told

    @Test("an answer: a thought, then its text, each a step, and what it cost")
    func answer() throws {
        let wire = try joined()
        var all = try events(wire, .thought(text: "hm"), 9)
        all += try events(wire, .modelTurn(text: "a "), 10)
        all += try events(wire, .modelTurn(text: "book"), 11)
        all += try events(wire, .generationComplete, 12)
        all += try events(wire, .turnComplete(TurnComplete(usage: Usage(promptTokens: 5, responseTokens: 2))), 13)
        #expect(
            types(all) == [
                "step.start", "step.delta", "step.stop", "step.start", "step.delta", "step.delta", "step.stop", "interaction.status_update",
            ])
        #expect(all.map { $0["index"]?.integer } == [0, 0, 0, 1, 1, 1, 1, nil])
        #expect(all.map { $0["event_id"]?.string } == [nil, "9", nil, nil, "10", "11", nil, "13"])
        #expect(all[1]["delta"] == ["type": "thought_summary", "content": ["type": "text", "text": "hm"]])
        #expect(all[3]["step"] == ["type": "model_output"])
        #expect(all[3]["mm"] == ["turn": "t1"])
        #expect(all[5]["delta"] == ["type": "text", "text": "book"])
        #expect(all[6]["usage"]?["total_tokens"] == 7)
        #expect(all[7]["status"] == "idle")
    }

    @Test("turns that overlap have steps of their own, at most sixteen open at once")
    func overlap() throws {
        let wire = try joined()
        for turn in 0..<17 { _ = try events(wire, .modelTurn(text: "x"), nil, turn: "t\(turn)") }
        // The first one's step was stopped for the last one's, and begins anew.
        let again = try events(wire, .modelTurn(text: "y"), nil, turn: "t0")
        #expect(types(again) == ["step.stop", "step.start", "step.delta"])
        #expect(again.map { $0["index"]?.integer } == [1, 17, 17])
        #expect(try events(wire, .modelTurn(text: "y"), nil, turn: "t5").map { $0["index"]?.integer } == [5])
    }

    @Test("calls, their cancellation, words that were heard, errors and what is this project's own")
    func other() throws {
        let wire = try joined()
        let calls = try events(wire, .toolCall([FunctionCall(id: "c1", name: "f", arguments: ["a": 1])]), 9)
        #expect(types(calls) == ["step.start", "step.delta", "step.stop", "interaction.status_update"])
        #expect(calls[0]["step"] == ["type": "function_call", "id": "c1", "name": "f", "arguments": [:]])
        #expect(calls[1]["delta"] == ["type": "arguments_delta", "arguments": "{\"a\":1}"])
        #expect(calls[3]["status"] == "requires_action")
        let cancelled = try #require(try events(wire, .toolCallCancellation(["c1"]), 10).first)
        #expect(cancelled["mm"]?["toolCallCancellation"]?["ids"] == ["c1"])
        let heard = try events(wire, .inputTranscription(Transcription(text: "hello", isFinished: true)), 11)
        #expect(types(heard) == ["step.start", "step.stop"])
        #expect(heard[0]["step"]?["content"] == [["type": "text", "text": "hello"]])
        let error = try #require(try events(wire, .error(StatusError(.invalidArgument, "no.", reason: "X", re: "q"))).first)
        #expect(error["event_type"] == "error")
        #expect(error["error"] == ["code": "invalid_argument", "message": "no."])
        #expect(error["mm"]?["reason"] == "X" && error["mm"]?["re"] == "q")
        let noticed = try #require(try events(wire, .observation(Observation(text: "a cat", source: "camera")), 12, turn: nil).first)
        #expect(noticed["event_type"] == "mm" && noticed["observation"]?["text"] == "a cat" && noticed["event_id"] == "12")
        let told = Reply.ignored(["contextUpdate.systemInstruction: why", "content[0].x"], of: "\u{1}1")
        let ignored = try #require(try events(wire, .reply(told), turn: nil).first)
        #expect(ignored["ignored"] == ["fields": ["system_instruction: why", "content[0].x"]])
        let gap = try #require(try events(wire, .gap(.events(from: 1, to: 4)), turn: nil).first)
        #expect(gap["gap"] == ["from": 1, "to": 4])
    }
}
