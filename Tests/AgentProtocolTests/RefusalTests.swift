import AgentProtocol
import Testing

@Suite("Refused messages name what, where and the remedy")
struct RefusalTests {
    @Test(
        "each kind of bad message",
        arguments: [
            ("", "NOT_JSON", "not JSON"),
            ("{", "NOT_JSON", "not JSON"),
            (#"{"setup":{"model":"models/x"#, "NOT_JSON", "one complete JSON object"),
            ("\u{1}\u{2}", "NOT_JSON", "not JSON"),
            (#"{"mm":{"status":{}},"mm":{"mute":{"modality":"mic"}}}"#, "DUPLICATE_KEY", "the key \"mm\" stands twice"),
            (#"{"mm":{"mute":{"modality":"mic","modality":"camera"}}}"#, "DUPLICATE_KEY", "\"modality\""),
            (#"{"mm":{"mute":{"modality":"mic","m\u006fdality" : "camera"}}}"#, "DUPLICATE_KEY", "\"modality\""),
            (#"{"setup":{"a":[{"\ud83d\ude42":1},{"🙂":1,"\ud83d\ude42":2}]}}"#, "DUPLICATE_KEY", "\"🙂\""),
            ("{\"setup\":{\"é\":1,\"e\u{301}\":2}}", "DUPLICATE_KEY", "stands twice"),
            ("[1]", "UNKNOWN_MESSAGE_KIND", "an array"),
            ("{}", "UNKNOWN_MESSAGE_KIND", "{}"),
            (#"{"bogus":{}}"#, "UNKNOWN_MESSAGE_KIND", "\"bogus\""),
            (#"{"setup":null}"#, "WRONG_TYPE", "setup is null: expected an object, {} at least"),
            (#"{"client_content":null}"#, "WRONG_TYPE", "clientContent is null: expected an object"),
            (#"{"mm":null}"#, "WRONG_TYPE", "mm is null: expected an object"),
            (#"{"mm":{"status":null}}"#, "WRONG_TYPE", "mm.status is null: expected an object"),
            (#"{"mm":{"subscribe":null}}"#, "WRONG_TYPE", "mm.subscribe is null: expected an array"),
            (#"{"mm":{"id":1e30,"status":{}}}"#, "OUT_OF_RANGE", "mm.id is 1e+30: expected a string, or an integer of 64 bits"),
            (#"{"setup":{"mm":{"version":99999999999999999999}}}"#, "OUT_OF_RANGE", "setup.mm.version is 1e+20: expected an integer, 0 to"),
            (#"{"setup":{"generationConfig":{"seed":1.5}}}"#, "OUT_OF_RANGE", "seed is 1.5: expected an integer, -9223372036854775808 to"),
            (
                #"{"setup":{"generationConfig":{"maxOutputTokens":"1e12"}}}"#, "OUT_OF_RANGE",
                "maxOutputTokens is 1000000000000: expected an integer, 0 to"
            ),
            (#"{"setup":{},"clientContent":{}}"#, "SEVERAL_KINDS", "\"clientContent\", \"setup\""),
            (#"{"mm":{"id":"a"}}"#, "UNKNOWN_MESSAGE_KIND", "\"mm\""),
            (#"{"mm":{"reboot":{}}}"#, "UNKNOWN_REQUEST", "\"reboot\""),
            (#"{"mm":{"status":{},"devices":{}}}"#, "SEVERAL_KINDS", "\"devices\", \"status\""),
            (#"{"mm":{"mute":{}}}"#, "MISSING_FIELD", "mm.mute.modality"),
            (#"{"mm":{"mute":{"modality":"nose"}}}"#, "UNKNOWN_VALUE", "mm.mute.modality is \"nose\": expected one of mic, camera"),
            (#"{"setup":{"labels":{"mm_meta":"yes"}}}"#, "UNKNOWN_VALUE", "setup.labels.mm_meta is \"yes\": expected one of 0, 1"),
            (
                #"{"setup":{"labels":{"mm_session_ttl_ms":"0"}}}"#, "OUT_OF_RANGE",
                "setup.labels.mm_session_ttl_ms is 0: expected 1 to 86400000"
            ),
            (#"{"mm":{"subscribe":["turm"]}}"#, "UNKNOWN_VALUE", "mm.subscribe[0] is \"turm\""),
            (#"{"mm":{"subscribe":"turn"}}"#, "WRONG_TYPE", "mm.subscribe is a string: expected an array"),
            (#"{"mm":{"id":[1],"status":{}}}"#, "WRONG_TYPE", "mm.id is an array"),
            (#"{"setup":[]}"#, "WRONG_TYPE", "setup is an array: expected an object"),
            (#"{"setup":{"model":7}}"#, "WRONG_TYPE", "setup.model is a number: expected a string"),
            (#"{"setup":{"generationConfig":{"temperature":"hot"}}}"#, "WRONG_TYPE", "setup.generationConfig.temperature is a string"),
            (#"{"setup":{"generationConfig":{"temperature":5}}}"#, "OUT_OF_RANGE", "generationConfig.temperature is 5: expected 0 to 2"),
            (#"{"setup":{"generationConfig":{"top_p":3}}}"#, "OUT_OF_RANGE", "setup.generationConfig.topP is 3: expected 0 to 1"),
            (#"{"setup":{"mm":{"role":"king"}}}"#, "UNKNOWN_VALUE", "observer, participant, owner"),
            (#"{"clientContent":{"turns":[{"parts":[{"text":1}]}]}}"#, "WRONG_TYPE", "clientContent.turns[0].parts[0].text"),
            (
                #"{"clientContent":{"turns":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"A*AA"}}]}]}}"#, "INVALID_BASE64",
                "clientContent.turns[0].parts[0].inlineData.data is not base64: character '*' at offset 1"
            ),
            (#"{"realtimeInput":{"audio":{"data":"AAA="}}}"#, "MISSING_FIELD", "realtimeInput.audio.mimeType"),
            (#"{"realtimeInput":{"audio":{"mimeType":"audio/pcm"}}}"#, "MISSING_FIELD", "realtimeInput.audio.data"),
            (#"{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"AAAAA"}}}"#, "INVALID_BASE64", "offset 4"),
            (
                #"{"realtimeInput":{"video":{"mimeType":"text/plain","data":""}}}"#, "UNSUPPORTED_MIME_TYPE",
                "\"text/plain\": supported is image/jpeg"
            ),
            (
                #"{"realtimeInput":{"mediaChunks":[{"mimeType":"video/mp4","data":""}]}}"#, "UNSUPPORTED_MIME_TYPE",
                "realtimeInput.mediaChunks[0].mimeType"
            ),
            (#"{"clientContent":{"turns":[{"role":"assistant","parts":[]}]}}"#, "UNKNOWN_VALUE", "expected one of user, model, system"),
            (
                #"{"clientContent":{"turns":[{"parts":[{"text":"a","inline_data":{"mimeType":"image/png","data":""}}]}]}}"#,
                "SEVERAL_KINDS", "clientContent.turns[0].parts[0].inlineData"
            ),
            (#"{"realtimeInput":{"screen":{"mimeType":"image/png","data":""}}}"#, "UNKNOWN_VALUE", "realtimeInput is \"screen\""),
            (#"{"toolResponse":{"functionResponses":[{"name":"x"}]}}"#, "MISSING_FIELD", "toolResponse.functionResponses[0].id"),
        ])
    func refusals(line: String, reason: String, part: String) throws {
        let error = try #require(refusal(of: line))
        #expect(error.status == .invalidArgument)
        #expect(error.reason == reason)
        #expect(error.message.contains(part), "\(error.message)")
        #expect(!error.isFatal)
    }

    @Test("the refusal names the message it answers")
    func echoesID() throws {
        #expect(refusal(of: #"{"mm":{"id":"c9","mute":{}}}"#)?.re == "c9")
        #expect(refusal(of: #"{"bogus":{},"mm":{"id":4}}"#)?.re == 4)
        let long = String(repeating: "x", count: 129)
        #expect(refusal(of: "{\"mm\":{\"id\":\"\(long)\",\"status\":{}}}")?.reason == "OUT_OF_RANGE")
    }

    @Test("a media type has at most 256 bytes")
    func mediaType() {
        func type(_ count: Int) -> String { "audio/pcm;" + String(repeating: "x", count: count - 10) }
        for place in ["realtimeInput\":{\"audio", "clientContent\":{\"turns\":[{\"parts\":[{\"inlineData"] {
            let end = place.hasPrefix("r") ? "}}" : "}]}]}}"
            func line(_ count: Int) -> String { "{\"\(place)\":{\"mimeType\":\"\(type(count))\",\"data\":\"\"}\(end)" }
            let error = refusal(of: line(257))
            #expect(error?.reason == "OUT_OF_RANGE")
            #expect(error?.message.contains("mimeType is 257 bytes long") == true)
            #expect(refusal(of: line(256)) == nil)
        }
    }

    @Test("deep and huge messages are refused before they are built")
    func bounds() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(refusal(of: deep)?.reason == "MESSAGE_TOO_COMPLEX")
        let wide = "{\"x\":[" + String(repeating: "0,", count: 60_000) + "0]}"
        #expect(refusal(of: wide)?.reason == "MESSAGE_TOO_COMPLEX")
        // Brackets and commas inside strings do not count.
        let quoted = "{\"realtimeInput\":{\"text\":\"" + String(repeating: "[,\\\"", count: 60_000) + "\"}}"
        #expect(refusal(of: quoted) == nil)
    }

    @Test("only versions this daemon speaks are accepted, the list is named")
    func versions() throws {
        try ProtocolVersion.check(nil)
        try ProtocolVersion.check(1)
        do {
            try ProtocolVersion.check(2)
            Issue.record("version 2 was accepted")
        } catch {
            #expect(error.status == .failedPrecondition)
            #expect(error.message.contains("supported is 1"))
            #expect(error.isFatal)
        }
    }

    @Test("PCM: wrong type, rate and length")
    func pcm() throws {
        func problem(_ mimeType: String, _ count: Int) -> ProtocolError? {
            do throws(ProtocolError) {
                _ = try Blob(mimeType: mimeType, data: Array(repeating: 0, count: count)).pcm16()
                return nil
            } catch {
                return error
            }
        }
        #expect(problem("audio/pcm", 3) == .oddPCMLength(bytes: 3, frame: 2))
        #expect(problem("audio/pcm;channels=2", 6) == .oddPCMLength(bytes: 6, frame: 4))
        #expect(problem("audio/pcm;channels=9", 18) == .outOfRange(path: "channels of audio/pcm;channels=9", value: "9", range: "1 to 8"))
        #expect(
            problem("audio/pcm;rate=16000;endian=big", 2)
                == .unknownParameter(
                    path: "mimeType", value: "audio/pcm;rate=16000;endian=big", name: "endian", known: ["rate", "channels", "codec=pcm"]))
        #expect(problem("audio/L16;codec=pcm;rate=24000", 2) == nil)
        #expect(problem("audio/pcm; rate=48000", 4) == nil)
        #expect(problem("audio/pcm;rate=7", 2) == .outOfRange(path: "rate of audio/pcm;rate=7", value: "7", range: "8000 to 192000"))
        if case .unsupportedMIMEType? = problem("audio/ogg", 2) {} else { Issue.record("audio/ogg was taken") }
    }
}
