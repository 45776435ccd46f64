import Checkpoint
import Testing

@Suite struct JSONReaderTests {
    @Test func readsEveryKindOfValue() throws {
        let text = #" {"a": [1, -2.5, 1e3, true, false, null, "x\n\u00e9\ud83d\ude42\"\\\/"], "b": {}, "c": [] } "#
        guard case .object(let object) = try JSONValue(parsing: Array(text.utf8)) else { Issue.record("not an object"); return }
        #expect(object.members.map(\.name) == ["a", "b", "c"])
        #expect(
            object["a"]
                == .array([
                    .integer(1), .real(-2.5), .real(1000), .boolean(true), .boolean(false), .null, .string("x\né🙂\"\\/"),
                ]))
        #expect(object["b"] == .object(JSONObject()))
        #expect(object["c"] == .array([]))
    }

    @Test func keepsIntegersExact() throws {
        #expect(try JSONValue(parsing: Array("9007199254740993".utf8)) == .integer(9_007_199_254_740_993))
        #expect(try JSONValue(parsing: Array("9223372036854775808".utf8)) == .real(9_223_372_036_854_775_808))
    }

    @Test(arguments: [
        ("", 0, "ends where a value"), ("{", 1, "a key in double quotes"), ("[1,]", 3, "comma is followed by nothing"),
        ("[1 2]", 3, "',' or ']'"), ("{\"a\" 1}", 5, "':' is expected"), ("\"abc", 4, "ends inside a string"),
        ("\"\\x\"", 3, "unknown letter"), ("\"\\ud800\"", 7, "stands alone"), ("\"\\u12g4\"", 5, "hexadecimal"), ("01", 2, "begin with 0"),
        ("1.", 2, "after '.'"), ("1e", 2, "exponent"), ("1e999", 0, "does not fit"), ("tru", 0, "true or false"),
        ("1 x", 2, "goes on"), ("\"\n\"", 1, "control character"), ("{\"a\":1,\"a\":2}", 11, "appears twice"),
        ("-", 1, "number is expected"),
    ])
    func saysWhereAndWhat(text: String, byte: Int, problem: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.byte == byte)
        #expect(error?.problem.contains(problem) == true, "\(error?.problem ?? "")")
    }

    @Test func refusesInvalidUTF8() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
        #expect(error?.problem == "a string is not valid UTF-8")
    }

    @Test func limitsDepthAndNumberOfValues() {
        let deep = [UInt8](repeating: UInt8(ascii: "["), count: 100_000)
        #expect(throws: JSONError(byte: JSONReader.maximumDepth, problem: "values are nested more than 64 deep")) {
            try JSONValue(parsing: deep)
        }
        let wide = Array("[0,0,{\"a\":0}]".utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: wide, maximumValues: 5) }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: wide, maximumValues: 4) }
        #expect(error?.problem == "there are more than 4 values")
    }

    /// Both spellings of "é" are one `String`, but two tokens: keys come out as bytes.
    @Test func givesKeysAsBytes() throws {
        var reader = JSONReader(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8))
        try reader.beginObject()
        var first = true
        var keys: [[UInt8]] = []
        while let key = try reader.nextKey(first: &first) {
            keys.append(key)
            try reader.skipValue()
        }
        #expect(keys == [Array("\u{E9}".utf8), Array("e\u{301}".utf8)])
    }
}
