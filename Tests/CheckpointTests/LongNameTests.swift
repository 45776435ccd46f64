import Checkpoint
import Foundation
import Tensors
import Testing

/// To compare two strings Swift puts their combining marks in order, in a time that grows with the square of their number: one name of
/// 40 kB held a core for nine seconds, these would hold it for minutes.
@Suite struct LongNameTests {
    private static let marks = "a" + String(repeating: "\u{0301}\u{0323}", count: 40_000)

    /// Runs `body`, which must not take long.
    private func quickly<T>(_ body: () throws -> T) rethrows -> T {
        let begin = ContinuousClock.now
        defer { #expect(ContinuousClock.now - begin < .seconds(5)) }
        return try body()
    }

    private func header(_ file: [UInt8]) throws -> SafetensorsHeader {
        try file.withUnsafeBytes { try SafetensorsHeader(prefix: $0, fileBytes: file.count) }
    }

    @Test func aLongTensorNameIsRefusedUncompared() throws {
        let entry = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}"
        for name in [Self.marks, String(repeating: "x", count: 257)] {
            let file = SafetensorsImage.file(header: "{\"\(name)\":\(entry)}", data: [0, 0, 0, 0])
            let error = quickly {
                #expect(throws: SafetensorsProblem.self) {
                    try file.withUnsafeBytes { try SafetensorsHeader(prefix: $0, fileBytes: file.count) }
                }
            }
            #expect(error?.description.contains("the name of a tensor has \(name.utf8.count) bytes, at most 256 are read: \"") == true)
            #expect((error?.description.utf8.count ?? 1000) < 300)
        }
        let longest = SafetensorsImage.file(header: "{\"\(String(repeating: "x", count: 256))\":\(entry)}", data: [0, 0, 0, 0])
        #expect(try header(longest).entries.count == 1)
        // The other strings of a header.
        for fields in ["\"\(Self.marks)\":1", "\"dtype\":\"\(Self.marks)\"", "\"dtype\":\"F32\",\"\(Self.marks)\":1"] {
            let file = SafetensorsImage.file(header: "{\"w\":{\(fields)}}")
            _ = quickly {
                #expect(throws: SafetensorsProblem.self) {
                    try file.withUnsafeBytes { try SafetensorsHeader(prefix: $0, fileBytes: file.count) }
                }
            }
        }
    }

    @Test func aLongKeyIsRefusedUncompared() throws {
        for text in ["{\"\(Self.marks)\":1}", "{\"a\":{\"\(Self.marks)\":1,\"b\":2}}"] {
            let error = quickly { #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) } }
            #expect(error?.problem.contains("a key has \(Self.marks.utf8.count) bytes, at most 256 are read") == true)
        }
    }

    /// A choice, a file of an index, the kind of a tokenizer: strings of any length that are compared with short ones.
    @Test func aLongTextInTheChoicesPlaceIsRefusedUncompared() throws {
        let config = String(decoding: try Fixtures.bytes("e2b/config.json"), as: UTF8.self)
        for (old, new) in [
            ("\"gemma4\"", "\"gemma4\(Self.marks)\""), ("\"proportional\"", "\"\(Self.marks)\""), ("\"axial\"", "\"axial\(Self.marks)\""),
            ("\"full_attention\",", "\"\(Self.marks)\","), ("\"silu\"", "\"silu\(Self.marks)\""),
        ] {
            let changed = config.replacing(old, with: new, maxReplacements: 1)
            #expect(changed != config)
            let document = try JSONValue(parsing: Array(changed.utf8))
            _ = quickly { #expect(throws: ConfigurationProblem.self) { try ModelConfiguration(document) } }
        }
        let index = try JSONValue(parsing: Array("{\"weight_map\":{\"w\":\"\(Self.marks)\"}}".utf8))
        _ = quickly { #expect(throws: IndexProblem.self) { try SafetensorsIndex(index) } }
        let tokenizer = "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]},\"decoder\":{\"type\":\"\(Self.marks)\"}}"
        _ = quickly { #expect(throws: TokenizerError.self) { try Tokenizer(json: Array(tokenizer.utf8)) } }
    }

    @Test(arguments: ["{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"x\":{\"é\":1,\"e\u{0301}\":2}}"])
    func aKeyThatStandsTwiceIsRefused(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text.utf8)) }
        #expect(error?.problem.contains("appears twice in one object") == true)
    }
}
