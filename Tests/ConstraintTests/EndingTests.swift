import Constraint
import Testing

/// Wherever an answer stands there is a short way to its end, and what it then says is valid.
@Suite struct EndingTests {
    /// Says some tokens at random, then the ending. -> what was said, and the ending's tokens
    private func end(_ constraint: inout TokenConstraint, after count: Int, _ random: inout Seeded) throws -> (text: String, ending: Int) {
        var state = constraint.start
        var said: [Int32] = []
        for _ in 0..<count {
            let mask = constraint.mask(for: state)
            let ids = mask.ids.filter { $0 != SmallVocabulary.end }
            guard let id = ids.randomElement(using: &random) else { break }
            state = try #require(constraint.advance(state, id))
            said.append(id)
        }
        let found = constraint.ending(of: state)
        let ending = try #require(found, "no ending after \(SmallVocabulary.text(said))")
        let isEnough = constraint.canEnd(state, within: ending.count)
        #expect(isEnough)
        for id in ending {
            state = try #require(
                constraint.advance(state, id), "\(SmallVocabulary.text([id])) may not come after \(SmallVocabulary.text(said))")
            said.append(id)
        }
        #expect(constraint.isComplete(state), "\(SmallVocabulary.text(said)) is not whole")
        return (SmallVocabulary.text(said), ending.count)
    }

    @Test(arguments: 0..<8) func whatIsEndedAsJSONIsValid(_ part: Int) throws {
        try expectValid(asCall: false, part: part, salt: 1 << 41, afterSome)
    }

    @Test(arguments: 0..<8) func whatIsEndedAsACallIsValid(_ part: Int) throws {
        try expectValid(asCall: true, part: part, salt: 1 << 42, afterSome)
    }

    private func afterSome(_ constraint: inout TokenConstraint, _ random: inout Seeded) throws -> [String] {
        var said: [String] = []
        for count in [0, 1, 2, 5, 9, 20] { said.append(try end(&constraint, after: count, &random).text) }
        return said
    }

    @Test(arguments: [
        (#"{"type":"string"}"#, "\"\""), (#"{"type":"string","minLength":3}"#, "\"aaa\""),
        (#"{"type":"object","properties":{"a":{"type":"null"},"b":{"type":"boolean"}},"required":["b"]}"#, #"{"b":true}"#),
        (
            #"{"type":"object","properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"minProperties":2,"required":["c"]}"#,
            #"{"a":1,"c":3}"#
        ),
        (#"{"type":"object","additionalProperties":{"type":"null"},"minProperties":2}"#, #"{"a":null,"b":null}"#),
        (#"{"type":"array","minItems":2,"items":{"enum":["long word","ab"]}}"#, #"["ab","ab"]"#),
        (#"{"anyOf":[{"type":"object","required":["x"],"properties":{"x":{"type":"string"}}},{"type":"null"}]}"#, "null"),
        (#"{"type":"string","pattern":"^(abc|é)$"}"#, "\"é\""), (#"{"type":"integer","minimum":100,"maximum":2000}"#, "100"),
    ]) func theShortestIsSaid(schema: String, text: String) throws {
        var constraint = try TokenConstraint.json(schema)
        var random = Seeded(1)
        #expect(try end(&constraint, after: 0, &random).text == text)
    }

    /// Long words rather than letters.
    @Test func anEndingTakesFewTokens() throws {
        var constraint = try TokenConstraint.json(#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#)
        var random = Seeded(1)
        let (text, ending) = try end(&constraint, after: 0, &random)
        #expect(text == #"{"name":""}"# && ending <= 5)
        let isEnough = constraint.canEnd(constraint.start, within: ending - 1)
        #expect(!isEnough)
    }
}
