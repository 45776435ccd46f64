import AgentProtocol
import Checkpoint
import Constraint
import Session
import Testing
import Tools

/// What may come next in an answer, token by token, with the vocabulary of the tiny model.
@Suite struct AnswerRuleTests {
    private let tokenizer: Tokenizer

    init() throws { tokenizer = try TinyModel.prompted.get().tokenizer }

    private func mark(_ name: String) throws -> Int32 { try #require(tokenizer.id(of: name)) }

    /// - Parameter form: of answers; without one they are text and calls.
    private func rule(form schema: String? = nil) throws -> (rule: AnswerRule, open: Int32, response: Int32) {
        let (open, response) = (try mark("<|tool_call>"), try mark("<|tool_response>"))
        let marks = StreamFormat.CallMarks(
            open: open, close: try mark("<tool_call|>"), response: response, closeResponse: try mark("<tool_response|>"))
        let vocabulary = VocabularyTrie(tokenizer)
        let grammar = try Grammar.call(functions: [("ring", try Schema(parsing: #"{"type":"object"}"#.utf8))])
        let calls = SharedConstraint(try TokenConstraint(grammar, vocabulary))
        let form = try schema.map { SharedConstraint(try TokenConstraint(.json(try Schema(parsing: $0.utf8)), vocabulary, ends: [1])) }
        return (AnswerRule(calls: form == nil ? calls : nil, form: form, marks: marks), open, response)
    }

    private func allowed(_ rule: AnswerRule, room: Int) -> Set<Int32> {
        var logits = [Float](repeating: 0, count: tokenizer.vocabularyCount)
        rule.mask(&logits, room: room)
        return Set(logits.indices.filter { logits[$0] > -.infinity }.map(Int32.init))
    }

    /// Writes one call, token by token.
    private func call(_ rule: inout AnswerRule, _ open: Int32) throws {
        #expect(rule.took(open) == .callBegins)
        for token in tokenizer.encodePlain("call:ring{}") { #expect(rule.took(token) == .call) }
        #expect(rule.took(try mark("<tool_call|>")) == .call)
    }

    @Test func theSeventeenthCallCannotBegin() throws {
        var (rule, open, response) = try rule()
        #expect(allowed(rule, room: 400).contains(open) && !allowed(rule, room: 400).contains(response))
        for _ in 0..<CallBook.maximumCallsOfTurn {
            #expect(allowed(rule, room: 400).contains(open))
            try call(&rule, open)
        }
        #expect(allowed(rule, room: 400) == [response])
        // Nor in what is said when the responses have been read.
        rule.resume()
        #expect(!allowed(rule, room: 400).contains(open) && allowed(rule, room: 400).count > 100)
    }

    @Test func aCallThatHasNoRoomIsNotBegun() throws {
        var (rule, open, response) = try rule()
        let needed = 2 + tokenizer.encodePlain("call:ring{}").count
        #expect(allowed(rule, room: needed + 1).contains(open))
        #expect(!allowed(rule, room: 3).contains(open))
        try call(&rule, open)
        #expect(allowed(rule, room: 3) == [response])
    }

    /// What it would say goes on and on: it never chooses what ends a string, a list or the answer.
    @Test func whatHasAFormTakesTheWayToItsEnd() throws {
        for room in 4...24 {
            var (rule, _, _) = try rule(form: #"{"type":"array","items":{"type":"string"}}"#)
            var said: [Int32] = []
            while said.count < room {
                let ways = allowed(rule, room: room - said.count).sorted()
                let goingOn = ways.filter { !tokenizer.decode([$0], skipSpecial: true).contains { "]\"".contains($0) } && $0 != 1 }
                let wish = try #require(goingOn.first ?? ways.first)
                let token = rule.settled(wish, room: room - said.count)
                if token == 1 { break }
                _ = rule.took(token)
                said.append(token)
            }
            let text = tokenizer.decode(said, skipSpecial: true)
            #expect(throws: Never.self, "\(text) with room for \(room)") { try JSONText.parse(Array(text.utf8)) }
            #expect(said.count < room)
        }
    }
}
