import AgentProtocol
import Foundation
import Testing

/// The table of a setup's fields is the document's, and what the decoder does.
@Suite("The fields of setup")
struct SetupFieldTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private func setup(_ line: String) throws -> (setup: Setup, ignored: [String]) {
        let message = try decode(line)
        guard case .setup(let setup) = message.kind else { throw Unexpected() }
        return (setup, message.ignored)
    }

    @Test("docs/protocol.md has the table as the code has it, row by row")
    func document() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/protocol.md"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let start = try #require(lines.firstIndex(of: SetupField.head[0]))
        let rows = Array(lines[start...].prefix { $0.hasPrefix("|") })
        let table = SetupField.head + SetupField.all.map(\.row)
        #expect(rows.count == table.count)
        for (row, wanted) in zip(rows, table) { #expect(row == wanted) }
        #expect(Set(SetupField.all.map(\.path)).count == SetupField.all.count)
    }

    @Test("what is taken changes the setup, what is not read is named, what would change the meaning is refused", arguments: SetupField.all)
    func decoded(field: SetupField) throws {
        let line = "{\"setup\":\(field.example)}"
        switch field.handling {
        case .refused:
            let refused = try #require(refusal(of: line))
            #expect(refused.reason == field.reason)
            #expect(refused.status == .invalidArgument)
            #expect(refused.message.contains("setup.\(field.path)"))
        case .taken, .nearest:
            let (taken, ignored) = try setup(line)
            #expect(taken != (try setup("{\"setup\":{}}").setup), "\(line)")
            // The session tells what it cannot do; the decoder tells of a change that it makes itself.
            #expect(field.handling == .nearest || !ignored.contains { $0.hasPrefix("setup.\(field.path)") }, "\(ignored)")
            #expect(!ignored.contains("setup.\(field.path)"))
        case .ignored:
            let (taken, ignored) = try setup(line)
            // Either it is not read, or the session says so, because it depends on the model.
            #expect(ignored == ["setup.\(field.path)"] || taken.generation.thinking.level != nil, "\(ignored)")
        }
    }

    @Test("what the decoder reads stands in the table, by the names in its source")
    func source() throws {
        let source = try String(contentsOf: Self.root.appendingPathComponent("Sources/AgentProtocol/SetupDecoding.swift"), encoding: .utf8)
        let known = Set(SetupField.all.flatMap { $0.path.split(separator: ".").map(String.init) })
        let readers: Set = [
            "word", "object", "string", "strings", "bool", "integer", "number", "count", "enumeration", "sensitivity", "instruction",
            "choice",
            "has", "refuse",
        ]
        let names = source.matches(of: /\.([a-z]+)\(\s*"([A-Za-z]+)"/).filter { readers.contains(String($0.output.1)) }
            .map { String($0.output.2) }.filter { $0 != "mm" }
        #expect(names.count > 25)
        for name in names { #expect(known.contains(name), "\(name)") }
    }

    @Test(
        "modalities: text, or its transcript where speech is wanted",
        arguments: [
            (#"{"generationConfig":{"responseModalities":["TEXT"]}}"#, AnswerMedium.text, []),
            (#"{"generationConfig":{"responseModalities":["text","MODALITY_UNSPECIFIED"]}}"#, .text, []),
            (#"{"generationConfig":{"responseModalities":[]},"outputAudioTranscription":{}}"#, .text, ["setup.outputAudioTranscription"]),
            (
                #"{"generationConfig":{"responseModalities":["AUDIO"]}}"#, .text,
                ["setup.generationConfig.responseModalities: AUDIO -> TEXT"]
            ),
            (
                #"{"generation_config":{"response_modalities":["AUDIO"]},"output_audio_transcription":{}}"#, .transcript,
                ["setup.generationConfig.responseModalities: AUDIO -> TEXT"]
            ),
            (
                #"{"generationConfig":{"responseModalities":["TEXT","AUDIO"]},"outputAudioTranscription":{}}"#, .text,
                ["setup.generationConfig.responseModalities: TEXT, AUDIO -> TEXT", "setup.outputAudioTranscription"]
            ),
            (
                #"{"generationConfig":{"responseModalities":["IMAGE","AUDIO"]}}"#, .text,
                ["setup.generationConfig.responseModalities: IMAGE, AUDIO -> TEXT"]
            ),
        ] as [(String, AnswerMedium, [String])])
    func modalities(body: String, medium: AnswerMedium, ignored: [String]) throws {
        let taken = try setup("{\"setup\":\(body)}")
        #expect(taken.setup.answerMedium == medium)
        #expect(taken.ignored == ignored)
    }

    @Test("a picture or a film alone is refused", arguments: ["IMAGE", "VIDEO", "SMELL"])
    func otherModalities(name: String) {
        let refused = refusal(of: "{\"setup\":{\"generationConfig\":{\"responseModalities\":[\"\(name)\"]}}}")
        #expect(refused?.reason == "UNSUPPORTED_FIELD")
        #expect(refused?.message.contains("setup.generationConfig.responseModalities") == true)
    }

    @Test("choices in any case; one that is not known is refused with those that are")
    func choices() throws {
        let input = #"{"activityHandling":"no_interruption","turnCoverage":"TURN_COVERAGE_UNSPECIFIED"}"#
        let config = try setup("{\"setup\":{\"realtimeInputConfig\":\(input)}}").setup.realtimeInput
        #expect(config.activityHandling == .noInterruption && config.turnCoverage == nil)
        let refused = refusal(of: #"{"setup":{"realtimeInputConfig":{"activityHandling":"NO_INTERRUPTIONS"}}}"#)
        #expect(refused?.reason == "UNKNOWN_VALUE")
        #expect(refused?.message.contains("START_OF_ACTIVITY_INTERRUPTS, NO_INTERRUPTION") == true)
    }

    @Test("proactivity by its values")
    func proactivity() throws {
        func taken(_ value: String) throws -> Proactivity { try setup("{\"setup\":{\"proactivity\":\(value)}}").setup.proactivity }
        #expect(try taken("{}") == Proactivity(audio: true, video: true))
        #expect(try taken(#"{"proactiveAudio":true}"#) == Proactivity(audio: true))
        #expect(try taken(#"{"proactive_video":true,"proactive_audio":false}"#) == Proactivity(video: true))
        #expect(try taken(#"{"proactiveAudio":false}"#) == Proactivity())
        #expect(try setup("{\"setup\":{\"proactivity\":{\"proactiveVideo\":false}}}").setup.isProactive == false)
        // What our own client says is read back.
        for value in [Proactivity(audio: true, video: true), Proactivity(audio: true), Proactivity(video: true)] {
            var said = Setup()
            said.proactivity = value
            #expect(try decode(text(JSONText.encode(ClientMessage(.setup(said)).json))).kind == .setup(said))
        }
    }

    @Test("with a handle an empty value is told from one that was left out")
    func leftOut() throws {
        func says(_ members: String) throws -> Set<SessionResumption.Part>? {
            try setup("{\"setup\":{\"session_resumption\":{\"handle\":\"h\"}\(members)}}").setup.resumption?.says
        }
        #expect(try says("") == [])
        #expect(try says(#","tools":null,"generationConfig":{"temperature":1}"#) == [])
        #expect(
            try says(#","tools":[],"proactivity":{"proactiveAudio":false},"generation_config":{"response_mime_type":"text/plain"}"#)
                == [.tools, .proactivity, .answerForm])
        #expect(try setup(#"{"setup":{"sessionResumption":{"handle":""}}}"#).setup.resumption == SessionResumption())
    }

    @Test("the text of an answer that was to be spoken")
    func transcriptForm() throws {
        var message = ServerMessage(.modelTurn(text: "a \"cup\""), sequence: 3, turn: "t1")
        let asText = OutboundMessage(message)
        #expect(asText.inMedium(.text) == asText)
        let spoken = try JSONText.parse(asText.inMedium(.transcript).bytes)
        #expect(spoken["serverContent"] == ["outputTranscription": ["text": "a \"cup\""]])
        #expect(spoken["mm"] == ["seq": 3, "turn": "t1"])
        message.event = .generationComplete
        let end = try JSONText.parse(OutboundMessage(message).inMedium(.transcript).bytes)
        #expect(end["serverContent"] == ["outputTranscription": ["text": "", "finished": true], "generationComplete": true])
        message.event = .interrupted
        #expect(OutboundMessage(message).inMedium(.transcript) == OutboundMessage(message))
        #expect(try ReceivedMessage(asText.inMedium(.transcript).bytes).text == "a \"cup\"")
    }

    @Test("several fields of one realtimeInput: an activity begins before its sound and ends after it")
    func activityOrder() throws {
        let line =
            #"{"realtimeInput":{"activityEnd":{},"audio":{"mimeType":"audio/pcm","data":""},"activityStart":{},"audioStreamEnd":true}}"#
        guard case .realtimeInput(let inputs) = try decode(line).kind else { throw Unexpected() }
        #expect(inputs == [.activityStart, .audio(Blob(mimeType: "audio/pcm", data: [])), .activityEnd, .audioStreamEnd])
    }
}
