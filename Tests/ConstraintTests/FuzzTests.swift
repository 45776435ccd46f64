import Constraint
import Testing

/// Whatever a client sends as a schema is obeyed or refused; nothing ends the process.
@Suite struct FuzzTests {
    private func take(_ schema: [UInt8], _ random: inout Seeded) throws {
        let parsed: Schema
        do { parsed = try Schema(parsing: schema) } catch { return #expect(!error.description.isEmpty) }
        do {
            var constraint = try TokenConstraint(.json(parsed), SmallVocabulary.trie, ends: [SmallVocabulary.end])
            _ = try constraint.say(&random)
        } catch let error as ConstraintError { #expect(!error.description.isEmpty) }
        let argument = Array(#"{"type":"object","properties":{"a":"#.utf8) + schema + Array("}}".utf8)
        do {
            _ = try Grammar.call(functions: [("f", try Schema(parsing: argument))])
        } catch { #expect(!error.description.isEmpty) }
    }

    /// The tests' own schemas with numbers, names and brackets changed.
    @Test func damagedSchemas() throws {
        var random = Seeded(12)
        let pieces = [
            "-1", "0", "1e308", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "null", "true", "\"\"", "[]", "{}",
            "1e-300", "65537",
        ]
        let cases = KeywordTests.cases
        for number in 0..<fuzzCount((RandomWalkTests.isQuick ? 2 : 20) * cases.count) {
            var bytes = Array(cases[number % cases.count].schema.utf8)
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
                default:
                    // A value for another one: after a colon, up to where it ends.
                    guard let colon = bytes[place...].firstIndex(of: UInt8(ascii: ":")) else { continue }
                    let end = bytes[(colon + 1)...].firstIndex { "]},".utf8.contains($0) } ?? bytes.count
                    bytes.replaceSubrange((colon + 1)..<end, with: Array((pieces.randomElement(using: &random) ?? "0").utf8))
                }
                if bytes.isEmpty { break }
            }
            try take(bytes, &random)
        }
    }

    @Test func patternsOfAllSorts() throws {
        var random = Seeded(13)
        let pieces = [
            "a", "b", "é", "(", ")", "(?:", "[", "]", "[^", "-", "{2}", "{1,3}", "{", "}", "*", "+", "?", "|", "^", "$", ".", "\\\\d",
            "\\\\W", "\\\\", "\\\\u00e9", "0", ",",
        ]
        for _ in 0..<fuzzCount(RandomWalkTests.isQuick ? 200 : 4000) {
            let pattern = (0..<Int.random(in: 0...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            try take(Array(#"{"type":"string","maxLength":20,"pattern":"\#(pattern)"}"#.utf8), &random)
        }
    }
}
