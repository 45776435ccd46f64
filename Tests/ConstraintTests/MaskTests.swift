import Checkpoint
import Constraint
import Foundation
import Testing

/// A mask is what every token, tried one by one, says; however it was made.
@Suite struct MaskTests {
    private func tried(_ constraint: TokenConstraint, _ state: GrammarState) -> [Int32] {
        (0..<Int32(SmallVocabulary.count)).filter { id in
            constraint.advance(state, id) != nil || id == SmallVocabulary.end && constraint.isComplete(state)
        }
    }

    /// Walks at random and compares at every step.
    private func compare(_ constraint: TokenConstraint, _ random: inout Seeded, steps: Int, _ schema: String) throws {
        var remembering = constraint
        var state = constraint.start
        var said: [Int32] = []
        for _ in 0..<steps {
            let wanted = tried(constraint, state)
            #expect(!wanted.isEmpty, "\(schema): a dead end after \(SmallVocabulary.text(said))")
            var fresh = constraint
            for mask in [remembering.mask(for: state), remembering.mask(for: state), fresh.mask(for: state)] {
                let found = mask.ids
                if found != wanted {
                    let wrong = Set(found).symmetricDifference(wanted).map(SmallVocabulary.written)
                    Issue.record("\(schema): \(wrong.map { String(decoding: $0, as: UTF8.self) }) after \(SmallVocabulary.text(said))")
                    return
                }
            }
            guard let id = wanted.filter({ $0 != SmallVocabulary.end }).randomElement(using: &random),
                let next = constraint.advance(state, id)
            else { return }
            state = next
            said.append(id)
        }
    }

    @Test(arguments: 0..<4) func masksAreWhatTryingEveryTokenSays(_ part: Int) throws {
        for seed in 0..<UInt64(RandomWalkTests.isQuick ? 5 : 50) {
            var random = Seeded(seed << 4 | UInt64(part) | 1 << 50)
            var source = RandomSchema(random: random)
            let json = source.text()
            try compare(.json(json), &random, steps: 30, json)
            let arguments = source.object(0)
            try compare(.call("f", arguments), &random, steps: 30, arguments)
        }
    }

    /// Any value and free keys, where several ways are open at once.
    @Test func masksOfAnyValue() throws {
        for seed in 0..<UInt64(RandomWalkTests.isQuick ? 3 : 20) {
            var random = Seeded(seed)
            try compare(.json("true"), &random, steps: 60, "true")
            try compare(.call("f", #"{"type":"object"}"#), &random, steps: 60, "object")
        }
    }

    /// Where the room in a string ends, token by token: masks are shared while there is plenty.
    @Test(arguments: [#"{"type":"string","minLength":3,"maxLength":40}"#, #"{"type":"string","pattern":"^a.*b$","maxLength":40}"#])
    func masksWhereAStringEnds(_ schema: String) throws {
        var constraint = try TokenConstraint.json(schema)
        var state = try #require(constraint.advance(constraint.start, SmallVocabulary.byte(UInt8(ascii: "\""))))
        for count in 0..<39 {
            #expect(constraint.mask(for: state).ids == tried(constraint, state), "\(count) characters")
            state = try #require(constraint.advance(state, SmallVocabulary.byte(UInt8(ascii: "a"))))
        }
    }

    /// More states than masks are remembered.
    @Test func masksAreForgottenAndMadeAgain() throws {
        let unmade = try TokenConstraint.json(#"{"type":"array","items":{"type":"integer"},"maxItems":3000}"#)
        var constraint = unmade
        var states = [constraint.start]
        for byte in "[" + String(repeating: "1,", count: 2999) {
            states.append(try #require(constraint.advance(states[states.count - 1], SmallVocabulary.byte(byte.asciiValue ?? 0))))
        }
        let few = RandomWalkTests.isQuick ? Array(states.prefix(300)) : states
        for state in few + few.reversed() { _ = constraint.mask(for: state) }
        for state in few.prefix(3) + few.suffix(3) {
            var fresh = unmade
            #expect(constraint.mask(for: state) == fresh.mask(for: state))
        }
    }

    @Test func onlyWhatIsAllowedStays() throws {
        var constraint = try TokenConstraint.json(#"{"type":"string"}"#)
        let start = constraint.mask(for: constraint.start)
        let inside = constraint.mask(for: try #require(constraint.advance(constraint.start, SmallVocabulary.byte(UInt8(ascii: "\"")))))
        for mask in [start, inside] {
            #expect(mask.allowed == mask.ids.count)
            for count in [0, 1, 63, 64, 100, SmallVocabulary.count, SmallVocabulary.count + 5, SmallVocabulary.count + 200] {
                var logits = (0..<count).map(Float.init)
                mask.apply(to: &logits)
                for (id, logit) in logits.enumerated() { #expect(logit == (mask.contains(Int32(id)) ? Float(id) : -.infinity)) }
            }
        }
        #expect(!start.contains(-1) && !start.contains(Int32(SmallVocabulary.count)))
    }

    @Test func theOnlyTokenIsTold() throws {
        var constraint = try TokenConstraint.call("look", #"{"type":"object","properties":{}}"#)
        let start = constraint.mask(for: constraint.start)
        #expect(start.only == SmallVocabulary.marks[CallSyntax.open])
        let state = try #require(constraint.advance(constraint.start, SmallVocabulary.marks[CallSyntax.open] ?? 0))
        // "c", "ca…" and their byte.
        #expect(constraint.mask(for: state).only == nil)
    }

    @Test func endsAreAllowedWhereItIsComplete() throws {
        var constraint = try TokenConstraint.json(#"{"type":"integer"}"#)
        #expect(!constraint.mask(for: constraint.start).contains(SmallVocabulary.end))
        let one = try #require(constraint.advance(constraint.start, SmallVocabulary.byte(UInt8(ascii: "1"))))
        #expect(constraint.isComplete(one))
        #expect(constraint.mask(for: one).contains(SmallVocabulary.end))
        #expect(constraint.mask(for: one).contains(SmallVocabulary.byte(UInt8(ascii: "2"))))
        #expect(constraint.advance(one, SmallVocabulary.end) == nil)
    }

    @Test func aVocabularyThatCannotSpellIsRefused() throws {
        let letters = VocabularyTrie(count: 26, marks: [:]) { [UInt8(ascii: "a") + UInt8($0)] }
        #expect(throws: ConstraintError.missingToken("the byte 9")) { try TokenConstraint(.json(.boolean), letters) }
        let unmarked = VocabularyTrie(count: 256, marks: [:]) { [UInt8($0)] }
        _ = try TokenConstraint(.json(.boolean), unmarked)
        #expect(throws: ConstraintError.missingToken("<|\"|>")) {
            try TokenConstraint(.call(functions: [("f", .noArguments)]), unmarked)
        }
    }

    /// The shipped model's own vocabulary, whose marks are special tokens and whose letters share their bytes with byte tokens.
    @Test func theShippedVocabularyCalls() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let tokenizer = try Tokenizer(directory: root.appending(path: "models/nano").path())
        let schema = try Schema(
            parsing: #"{"type":"OBJECT","properties":{"what":{"type":"STRING"},"n":{"type":"INTEGER"}},"required":["what"]}"#.utf8)
        var constraint = try TokenConstraint(.call(functions: [("look_at", schema)]), VocabularyTrie(tokenizer), ends: [1])
        var state = constraint.start
        for id in tokenizer.encode("<|tool_call>call:look_at{n:12,what:<|\"|>a red mug, 10 cm<|\"|>}<tool_call|>") {
            #expect(constraint.mask(for: state).contains(id), "\(tokenizer.entry(id) ?? "")")
            state = try #require(constraint.advance(state, id))
        }
        #expect(constraint.isComplete(state))
        #expect(constraint.mask(for: state).only == 1)
    }
}
