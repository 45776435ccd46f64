import AgentProtocol
import Testing

/// What a client sends is read, refused, or said to be ignored.
@Suite("Nothing vanishes in silence")
struct NothingVanishesTests {
    private func message(_ text: String) throws -> ClientMessage { try ClientMessage(Array(text.utf8)) }

    @Test("fields that nobody reads are named with their paths")
    func ignoredFields() throws {
        #expect(
            try message(#"{"setup":{"model":"m","generationConfig":{"speechConfig":{"a":1},"top_p":0.5},"bogus":1,"mm":{"rôle":"x"}}}"#)
                .ignored == ["setup.bogus", "setup.generationConfig.speechConfig", "setup.mm.rôle"])
        #expect(
            try message(#"{"clientContent":{"turns":[{"parts":[{"text":"x","lang":"de"}],"name":"y"}],"turnComplete":true},"extra":[]}"#)
                .ignored == ["clientContent.turns[0].name", "clientContent.turns[0].parts[0].lang", "extra"])
        #expect(try message(#"{"mm":{"id":1,"cancel":{"turn":"t1","all":true}}}"#).ignored == ["mm.cancel.all"])
    }

    @Test("what a setup asks for and this version does not do is named; what would change its meaning is refused")
    func setup() throws {
        for (field, value) in [
            ("outputAudioTranscription", "{}"), ("sessionResumption.transparent", "true"),
            ("inputAudioTranscription.languageCodes", "[]"), ("historyConfig.other", "true"), ("proactivity.proactiveSmell", "true"),
            ("realtimeInputConfig.automaticActivityDetection.endOfSpeechSensitivity", "\"SOMEWHAT\""), ("labels.mm_subscibe", "\"turn\""),
        ] {
            let path = field.split(separator: ".")
            let object = path.reversed().reduce(value) { "{\"\($1)\":\($0)}" }
            #expect(try message("{\"setup\":\(object)}").ignored == ["setup.\(field)"], "\(object)")
        }
        #expect(
            try message(#"{"setup":{"labels":{"mm_role":"observer"},"mm":{"role":"participant"}}}"#).ignored == ["setup.labels.mm_role"])
        // A transcript has no parts that could carry it.
        #expect(
            try message(
                #"{"setup":{"labels":{"mm_meta":"1"},"generationConfig":{"responseModalities":["AUDIO"]},"outputAudioTranscription":{}}}"#
            )
            .ignored.contains("setup.labels.mm_meta"))
        #expect(
            try message(
                #"{"setup":{"tools":[{"googleSearch":{}},{"functionDeclarations":[{"name":"f","strict":true}],"code_execution":{}}]}}"#
            )
            .ignored == ["setup.tools[0].googleSearch", "setup.tools[1].code_execution", "setup.tools[1].functionDeclarations[0].strict"])
        let pictured = refusal(of: #"{"setup":{"systemInstruction":{"parts":[{"text":"x"},{"fileData":{}}]}}}"#)
        #expect(pictured?.reason == "UNSUPPORTED_FIELD")
        #expect(pictured?.message.contains("setup.systemInstruction.parts[1].fileData") == true)
    }

    @Test("many ignored fields are told by their number, and long names are cut")
    func bound() throws {
        let fields = (10..<60).map { "\"f\($0)\":0" }.joined(separator: ",")
        let ignored = try message("{\"setup\":{\(fields)}}").ignored
        #expect(ignored.count == 33 && ignored.first == "setup.f10" && ignored.last == "and 18 more")
        let long = try message("{\"setup\":{\"\(String(repeating: "x", count: 256))\":0}}").ignored
        #expect(long.count == 1 && (long.first?.count ?? 1000) < 140)
    }

    @Test("what is read is not said to be ignored, in either spelling, and free dictionaries have no fields")
    func readFields() throws {
        for text in [
            #"{"setup":{"system_instruction":{"role":"user","parts":[{"text":"x"}]},"labels":{"a":"b","mm_role":"observer"},"proactivity":{},"generationConfig":{"response_modalities":["TEXT"]},"realtimeInputConfig":{"automaticActivityDetection":{"disabled":false,"startOfSpeechSensitivity":"START_SENSITIVITY_LOW"}},"mm":{"version":1,"attach":"main","subscribe":[]}}}"#,
            #"{"client_content":{"turns":[{"role":"model","parts":[{"text":"x","part_metadata":{"a":1}}]}],"turn_complete":false},"mm":{"id":"q"}}"#,
            #"{"realtime_input":{"media_chunks":[{"mime_type":"audio/pcm","data":""}],"audio_stream_end":true}}"#,
            #"{"toolResponse":{"functionResponses":[{"id":"f","name":"n","response":{"a":1},"scheduling":"SILENT","will_continue":false}]}}"#,
        ] {
            #expect(try message(text).ignored == [], "\(text)")
        }
    }

    /// A key of 60 kB of marks took Swift's strings eight seconds, and with it a thread that all clients share.
    @Test("keys and choices are short, whatever they are made of, and what refuses them is too")
    func marks() throws {
        let marks = String(repeating: "\u{0301}\u{0323}", count: 60_000)
        let started = ContinuousClock.now
        for text in [
            "{\"mm\":{\"status\":{},\"e\(marks)\":1}}", "{\"e\(marks)\":1}", "{\"setup\":{\"labels\":{\"e\(marks)\":\"a\"}}}",
            "{\"setup\":{\"mm\":{\"subscribe\":[\"e\(marks)\"]}}}", "{\"setup\":{\"model\":\"e\(marks)\"}}",
            "{\"setup\":{\"mm\":{\"role\":\"e\(marks)\"}}}",
            "{\"setup\":{\"mm\":{\"attach\":\"e\(marks)\"}}}", "{\"setup\":{\"labels\":{\"mm_subscribe\":\"e\(marks)\"}}}",
            "{\"mm\":{\"mute\":{\"modality\":\"e\(marks)\"}}}", "{\"mm\":{\"cancel\":{\"turn\":\"e\(marks)\"}}}",
            "{\"clientContent\":{\"turns\":[{\"role\":\"e\(marks)\",\"parts\":[]}]}}",
            "{\"clientContent\":{\"turns\":[{\"parts\":[{\"e\(marks)\":1}]}]}}",
        ] {
            do {
                _ = try message(text)
                Issue.record("taken: \(text.prefix(60))")
            } catch {
                #expect("\(error)".utf8.count < 2_000)
            }
        }
        // A tenth of a second for all; compared as they are, each of them would take most of a minute.
        #expect(ContinuousClock.now - started < .seconds(60))
        // What is asked and said may be as long as a line, and made of anything.
        _ = try message("{\"clientContent\":{\"turns\":[{\"parts\":[{\"text\":\"e\(marks)\"}]}]}}")
        _ = try message("{\"setup\":{\"labels\":{\"\(String(repeating: "k", count: 256))\":\"a\"}}}")
        #expect(throws: StatusError.self) { try message("{\"setup\":{\"labels\":{\"\(String(repeating: "k", count: 257))\":\"a\"}}}") }
    }

    @Test("realtime input of nothing is refused")
    func emptyInput() throws {
        #expect(throws: StatusError.self) { try message(#"{"realtimeInput":{},"mm":{"id":"q"}}"#) }
    }

    @Test("a kind of part that is not known is kept by its name")
    func unknownPart() throws {
        guard case .clientContent(let content) = try message(#"{"clientContent":{"turns":[{"parts":[{"hologram":{"a":1}},{}]}]}}"#).kind
        else {
            Issue.record("no content")
            return
        }
        #expect(content.turns[0].parts.map(\.payload) == [.other(name: "hologram", ["a": 1]), .empty])
    }

    @Test(
        "half a surrogate pair is a replacement character, a whole one stays",
        arguments: [
            (#"\ud83d"#, "\u{FFFD}"), (#"\uDE00 x"#, "\u{FFFD} x"), (#"\ud83d\ude00"#, "😀"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
            (#"\\ud83d"#, #"\ud83d"#), (#"\ud83dx"#, "\u{FFFD}x"), (#"\ud83d\n"#, "\u{FFFD}\n"), (#"\\\ud83d"#, "\\\u{FFFD}"),
        ])
    func surrogates(escaped: String, text: String) throws {
        #expect(try JSONText.parse(Array("{\"a\":\"\(escaped)\"}".utf8)) == ["a": .string(text)])
    }

    @Test("channels are mixed")
    func channels() throws {
        let blob = Blob(mimeType: "audio/pcm;rate=8000;channels=2", data: [0, 0x40, 0, 0x20, 0, 0xC0, 0, 0xC0])
        let (rate, samples) = try blob.pcm16()
        #expect(rate == 8000)
        #expect(samples == [0.375, -0.5])
    }

    @Test("audio/l16 has its bytes in network order")
    func networkOrder() throws {
        let bytes: [UInt8] = [0x40, 0x00, 0xE0, 0x00]
        #expect(try Blob(mimeType: "audio/L16;rate=8000", data: bytes).pcm16().samples == [0.5, -0.25])
        #expect(try Blob(mimeType: "audio/pcm", data: [0x00, 0x40, 0x00, 0xE0]).pcm16().samples == [0.5, -0.25])
    }
}
