import AgentProtocol
import Foundation
import Session
import Testing

/// Answers under a schema, with random weights: whatever the model would like to say, what it says is valid.
@Suite struct AnswerFormTests {
    private static let schemas: [JSONValue] = [
        [
            "type": "object", "required": ["objects"],
            "properties": ["objects": ["type": "array", "maxItems": 3, "items": ["enum": ["mug", "book", "lamp"]]]],
        ],
        [
            "type": "OBJECT", "required": ["n", "name"],
            "properties": ["n": ["type": "INTEGER", "minimum": 0, "maximum": 12], "name": ["type": "STRING", "maxLength": 8]],
        ],
        ["type": "array", "minItems": 2, "maxItems": 2, "items": ["type": "number", "minimum": -1, "maximum": 1]],
        ["anyOf": [["type": "boolean"], ["type": "string", "pattern": "^[a-z]{2,5}$"], ["type": "null"]]],
        [
            "type": "object", "properties": ["at": ["type": "string", "format": "date"], "ok": ["type": "boolean"]],
            "propertyOrdering": ["ok", "at"], "required": ["ok"],
        ],
        ["type": "object", "additionalProperties": ["type": "integer", "minimum": 1, "maximum": 9], "maxProperties": 2],
    ]

    private func options() -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = 512
        return options
    }

    private func answer(_ engine: AgentEngine, _ number: UInt64, _ form: AnswerForm, seed: Int64, most: Int? = nil) async throws -> (
        text: String, end: TurnComplete
    ) {
        var setup = mainSetup()
        setup.generation.form = form
        setup.generation.temperature = 1.5
        setup.generation.seed = seed
        setup.generation.maxOutputTokens = most
        let (client, sink) = try await engine.join(number, setup: setup)
        let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
        let end = try await sink.waitForEnd(of: turn)
        await engine.disconnect(client)
        return (sink.text(of: turn), end)
    }

    /// `Tests/constraint/answers` asks for thousands, and has another validator read them.
    @Test func everyAnswerSatisfiesItsSchema() async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["MMAGENT_ANSWERS_COUNT"].flatMap(Int.init) ?? 24
        let engine = try TinyModel.engine(options())
        var lines: [UInt8] = []
        for index in 0..<count {
            let schema = Self.schemas[index % Self.schemas.count]
            let (text, end) = try await answer(engine, UInt64(index + 1), .json(schema: schema), seed: Int64(index))
            #expect(end.reason == nil, "\(text)")
            let value = try JSONText.parse(Array(text.utf8))
            if index % Self.schemas.count == 1 {
                #expect((0...12).contains(value["n"]?.integer ?? -1) && (value["name"]?.string?.unicodeScalars.count ?? 99) <= 8, "\(text)")
            }
            lines += JSONText.encode([schema, .string(text)]) + [UInt8(ascii: "\n")]
        }
        if let path = environment["MMAGENT_ANSWERS"] { try Data(lines).write(to: URL(filePath: path)) }
    }

    @Test func anythingIsAnObjectWithoutASchema() async throws {
        let engine = try TinyModel.engine(options())
        let (text, end) = try await answer(engine, 1, .json(schema: nil), seed: 3)
        #expect(end.reason == nil)
        #expect(try JSONText.parse(Array(text.utf8)).object != nil)
    }

    private static let unbounded: [JSONValue] = [
        ["type": "string"], ["type": "object"], ["type": "array", "items": ["type": "array", "items": ["type": "string"]]],
        ["type": "object", "required": ["text", "n"], "properties": ["text": ["type": "string"], "n": ["type": "number"]]], [:],
    ]

    /// With nothing in the schema that bounds it: at random it would go on for ever.
    @Test func whatHasNoBoundIsWholeWithinTheRoom() async throws {
        let engine = try TinyModel.engine(options())
        for index in 0..<30 {
            let form = AnswerForm.json(schema: Self.unbounded[index % Self.unbounded.count])
            let (text, end) = try await answer(engine, UInt64(index + 1), form, seed: Int64(index), most: 24 + index)
            #expect(end.reason == nil, "\(text)")
            #expect(end.usage?.responseTokens ?? 0 <= 24 + index)
            #expect(throws: Never.self) { try JSONText.parse(Array(text.utf8)) }
        }
    }

    @Test func whereTheShortestIsTooLongItIsCutAndSaidSo() async throws {
        let engine = try TinyModel.engine(options())
        let form = AnswerForm.json(schema: ["type": "string", "minLength": 200])
        #expect(try await answer(engine, 1, form, seed: 1, most: 6).end.reason == .maximumTokens)
    }

    @Test func aChoiceIsOneOfItsWordsWithoutQuotes() async throws {
        let engine = try TinyModel.engine(options())
        var said: Set<String> = []
        for seed in 0..<12 {
            let (text, end) = try await answer(
                engine, UInt64(seed + 1), .choice(schema: ["type": "STRING", "enum": ["yes", "no", "not \"sure\""]]), seed: Int64(seed))
            #expect(end.reason == nil)
            said.insert(text)
        }
        #expect(said.isSubset(of: ["yes", "no", "not \"sure\""]) && said.count > 1)
    }

    @Test func plainAnswersAreWhatTheyWere() async throws {
        func text(_ functions: [FunctionDeclaration]) async throws -> String {
            let engine = try TinyModel.engine(options())
            var setup = mainSetup()
            setup.generation.maxOutputTokens = 8
            setup.functions = functions
            let (client, sink) = try await engine.join(1, setup: setup)
            let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
            _ = try await sink.waitForEnd(of: turn)
            return sink.text(of: turn)
        }
        #expect(try await text([]) == text([]))
    }
}
