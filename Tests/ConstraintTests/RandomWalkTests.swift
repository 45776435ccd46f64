import Constraint
import Testing

/// Schemas at random, and what is said under them at random: it ends, and it is valid.
@Suite struct RandomWalkTests {
    /// Unoptimised builds take a tenth of the time's worth: what counts is run by `scripts/test`, which optimises.
    #if DEBUG
        static let isQuick = true
    #else
        static let isQuick = false
    #endif
    static let schemas = isQuick ? 160 : 2400

    @Test(arguments: 0..<8) func whatIsSaidAsJSONIsValid(_ part: Int) throws {
        try expectValid(asCall: false, part: part, salt: 0, Self.three)
    }

    @Test(arguments: 0..<8) func whatIsSaidAsACallIsValid(_ part: Int) throws {
        try expectValid(asCall: true, part: part, salt: 1 << 40, Self.three)
    }

    private static func three(_ constraint: inout TokenConstraint, _ random: inout Seeded) throws -> [String] {
        var said: [String] = []
        for _ in 0..<3 { said.append(SmallVocabulary.text(try constraint.say(&random))) }
        return said
    }

    /// Without hurrying, and with nothing in the schema that bounds it.
    @Test func whatHasNoBoundEndsNevertheless() throws {
        for schema in [#"{"type":"string"}"#, #"{"type":"number"}"#, #"{"type":"string","pattern":"^a*$"}"#] {
            var random = Seeded(5)
            var constraint = try TokenConstraint.json(schema)
            for _ in 0..<20 { _ = try constraint.say(&random, patience: .max) }
        }
    }

    /// The longest that can be said: always the token that goes on, as a model that repeats itself would.
    @Test func aModelThatRepeatsItselfIsEnded() throws {
        let constraint = try TokenConstraint.json(#"{"type":"array","items":{"type":"string","maxLength":5},"maxItems":3}"#)
        var state = constraint.start
        var said = 0
        for text in ["[", "\"", "aaaaa"] {
            for byte in text.utf8 { state = try #require(constraint.advance(state, SmallVocabulary.byte(byte))) }
        }
        #expect(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: "a"))) == nil)
        for text in ["\",\"aaaaa\",\"aaaaa\""] {
            for byte in text.utf8 { state = try #require(constraint.advance(state, SmallVocabulary.byte(byte))); said += 1 }
        }
        #expect(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: ","))) == nil)
        #expect(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: "]"))).map(constraint.isComplete) == true)
    }
}
