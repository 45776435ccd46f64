import AgentProtocol
import Testing

@Suite("Base64, durations, times, JSON")
struct ValueTests {
    @Test("base64 of both alphabets, with and without padding")
    func base64() throws {
        for (encoded, bytes) in [
            ("", []), ("AA==", [0]), ("AA", [0]), ("AAE=", [0, 1]), ("AAE", [0, 1]), ("AAEC", [0, 1, 2]),
            ("+/+/", [0xFB, 0xFF, 0xBF]), ("-_-_", [0xFB, 0xFF, 0xBF]), ("+_-/", [0xFB, 0xFF, 0xBF]), ("_w==", [0xFF]), ("/w", [0xFF]),
        ] as [(String, [UInt8])] {
            #expect(JSONValue.string(encoded).base64Bytes == bytes, "\(encoded)")
        }
        for bad in ["A", "AAAAA", "AA=A", "=", "A===", "AA A", "AA\n", "äA==", "A*==", "AA=", "AAE=="] {
            #expect(JSONValue.string(bad).base64Bytes == nil, "\(bad)")
        }
    }

    @Test("base64 of random bytes of every length comes back")
    func base64RoundTrip() throws {
        var random = SeededGenerator(seed: 1)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let message = ClientMessage(.realtimeInput([.video(Blob(mimeType: "image/png", data: bytes))]))
            let line = text(JSONText.encode(message.json))
            #expect(try decode(line) == message)
            let urlSafe = line.replacing("image/png", with: "image%png").replacing("/", with: "_").replacing("+", with: "-")
                .replacing("=", with: "").replacing("image%png", with: "image/png")
            #expect(try decode(urlSafe) == message)
        }
    }

    @Test(
        "durations as the wire writes them",
        arguments: [
            (Duration.seconds(1.5), "1.5s"), (.milliseconds(45), "0.045s"), (.zero, "0s"), (.seconds(71.2), "71.2s"), (.seconds(-2), "-2s"),
            (.microseconds(1_999_600), "2s"), (.milliseconds(3_600_007), "3600.007s"),
        ])
    func durations(value: Duration, wire: String) {
        #expect(value.wire == wire)
    }

    @Test("durations are parsed exactly, and nothing else is")
    func parsedDurations() {
        #expect(Duration(wire: "1.5s") == .milliseconds(1500))
        #expect(Duration(wire: "71.20s") == .milliseconds(71200))
        #expect(Duration(wire: "-0.25s") == .milliseconds(-250))
        #expect(Duration(wire: "0.000000001s") == .nanoseconds(1))
        for bad in [
            "", "s", "1.5", "1.s", ".5s", "1,5s", "1e3s", "+1s", "--1s", "1.0000000001s", "999999999999999999999s", "٣s", "315576000001s",
        ] {
            #expect(Duration(wire: bad) == nil, "\(bad)")
        }
    }

    @Test("times are RFC 3339 in UTC with milliseconds")
    func timestamps() {
        #expect(Timestamp(milliseconds: 1_795_237_331_123).description == "2026-11-21T05:02:11.123Z")
        #expect(Timestamp(milliseconds: 0).description == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(milliseconds: 999).description == "1970-01-01T00:00:00.999Z")
        #expect(Timestamp(milliseconds: 1_709_164_800_001).description == "2024-02-29T00:00:00.001Z")
        for milliseconds in stride(from: Int64(1_795_237_331_000), to: 1_795_237_332_000, by: 1) {
            let digits = String(milliseconds % 1000 + 1000).dropFirst()
            #expect(Timestamp(milliseconds: milliseconds).description == "2026-11-21T05:02:11.\(digits)Z")
        }
    }

    @Test("JSON numbers, strings and objects come back")
    func jsonRoundTrip() throws {
        let value: JSONValue = [
            "i": 9_007_199_254_740_993, "n": -0.125, "s": "a\"\\\n\u{1}ü🎈/", "b": [true, false, .null], "o": ["x": [:], "y": []],
        ]
        #expect(try JSONText.parse(JSONText.encode(value)) == value)
        #expect(text(JSONText.encode(.number(.nan))) == "null")
        #expect(text(JSONText.encode(["b": "/", "a": 1])) == #"{"a":1,"b":"/"}"#)
        #expect(try json("1.0").integer == 1)
        #expect(try json("\"12\"").integer == 12)
        #expect(try json("1.5").integer == nil)
    }

    @Test("status numbers and close codes of the table")
    func statuses() {
        let table: [(Status, Int, Int)] = [
            (.invalidArgument, 400, 1007), (.failedPrecondition, 400, 1007), (.permissionDenied, 403, 1008), (.notFound, 404, 1008),
            (.resourceExhausted, 429, 1013), (.internal, 500, 1011), (.unimplemented, 501, 1007), (.unavailable, 503, 1013),
            (.deadlineExceeded, 504, 1011),
        ]
        for (status, code, close) in table {
            #expect(status.code == code)
            #expect(status.closeCode == close)
        }
        #expect(Status.unauthenticated.code == 401)
        #expect(Status.cancelled.code == 499)
    }
}
