import AgentProtocol
import Testing

/// Tools on the wire: declarations, calls, responses, the form of answers.
@Suite("Tools on the wire")
struct ToolMessageTests {
    private func setup(_ text: String) throws -> Setup {
        guard case .setup(let setup) = try ClientMessage(Array(text.utf8)).kind else { throw ProtocolError.unknownKind(keys: []) }
        return setup
    }

    @Test("declarations in both spellings; keys of schemas stay as they are")
    func declarations() throws {
        let declared = try setup(
            #"""
            {"setup":{"tools":[{"googleSearch":{}},{"function_declarations":[
              {"name":"a","description":"d","parameters":{"type":"OBJECT","properties":{"snake_case":{"type":"STRING"}},"property_ordering":["snake_case"]}},
              {"name":"b","parameters_json_schema":{"type":"object"},"response_json_schema":{"type":"string"},"behavior":"NON_BLOCKING"}]}]}}
            """#
        ).functions
        #expect(declared.map(\.name) == ["a", "b"])
        #expect(declared[0].parameters?["properties"]?["snake_case"] != nil && declared[0].parameters?["property_ordering"] != nil)
        #expect(declared[1].behavior == .nonBlocking && declared[1].response == ["type": "string"])
        // A client of ours says the same.
        var again = Setup()
        again.functions = declared
        #expect(try setup(String(decoding: JSONText.encode(ClientMessage(.setup(again)).json), as: UTF8.self)).functions == declared)
    }

    @Test("what a file of tools may hold")
    func files() throws {
        let one: JSONValue = ["name": "f"]
        for value in [
            one, [one], ["functionDeclarations": [one]], [["functionDeclarations": [one]]], ["tools": [["function_declarations": [one]]]],
        ] as [JSONValue] {
            #expect(try FunctionDeclaration.list(in: value).map(\.name) == ["f"], "\(value)")
        }
    }

    @Test("limits are refused by name")
    func limits() {
        func refused(_ setup: String) -> StatusError? { refusal(of: "{\"setup\":\(setup)}") }
        let many = (0..<65).map { "{\"name\":\"f\($0)\"}" }.joined(separator: ",")
        #expect(refused("{\"tools\":[{\"functionDeclarations\":[\(many)]}]}")?.message.contains("more than 64 functions") == true)
        let long = String(repeating: "x", count: 70_000)
        #expect(
            refused("{\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":{\"description\":\"\(long)\"}}]}]}")?.reason
                == "OUT_OF_RANGE")
        #expect(
            refused("{\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"description\":\"\(long)\"}]}]}")?.reason == "OUT_OF_RANGE")
        #expect(refused("{\"tools\":[{\"functionDeclarations\":[{}]}]}")?.reason == "MISSING_FIELD")
        #expect(
            refused("{\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"parameters\":{},\"parametersJsonSchema\":{}}]}]}")?.reason
                == "SEVERAL_KINDS")
        #expect(refused("{\"tools\":[{\"functionDeclarations\":[{\"name\":\"f\",\"behavior\":\"LATER\"}]}]}")?.reason == "UNKNOWN_VALUE")
    }

    @Test("the form of answers")
    func form() throws {
        func form(_ config: String) throws -> AnswerForm { try setup("{\"setup\":{\"generationConfig\":\(config)}}").generation.form }
        #expect(try form("{}") == .text && form(#"{"responseMimeType":"text/plain"}"#) == .text)
        #expect(try form(#"{"response_mime_type":"application/json"}"#) == .json(schema: nil))
        #expect(
            try form(#"{"responseMimeType":"application/json","response_schema":{"type":"OBJECT"}}"#) == .json(schema: ["type": "OBJECT"]))
        #expect(try form(#"{"responseMimeType":"text/x.enum","responseJsonSchema":{"enum":["a"]}}"#) == .choice(schema: ["enum": ["a"]]))
        for (config, reason) in [
            (#"{"responseMimeType":"text/html"}"#, "UNKNOWN_VALUE"), (#"{"responseSchema":{}}"#, "UNSUPPORTED_FIELD"),
            (#"{"responseMimeType":"text/x.enum"}"#, "MISSING_FIELD"),
            (#"{"responseMimeType":"application/json","responseSchema":[]}"#, "WRONG_TYPE"),
            (#"{"responseMimeType":"application/json","responseSchema":{},"responseJsonSchema":{}}"#, "SEVERAL_KINDS"),
        ] {
            #expect(refusal(of: "{\"setup\":{\"generationConfig\":\(config)}}")?.reason == reason, "\(config)")
        }
    }

    @Test("responses, in any shape: taken or refused by name")
    func responses() throws {
        guard
            case .toolResponse(let responses) = try ClientMessage(
                Array(
                    #"{"tool_response":{"functionResponses":[{"id":"c1","name":"f","response":{"snake_case":1},"scheduling":"SILENT","will_continue":true}]}}"#
                        .utf8)
            ).kind
        else {
            Issue.record("no tool response")
            return
        }
        #expect(responses == [FunctionResponse(id: "c1", name: "f", response: ["snake_case": 1], scheduling: .silent, willContinue: true)])
        for (body, reason) in [
            ("{}", "MISSING_FIELD"), (#"{"functionResponses":[]}"#, "MISSING_FIELD"), (#"{"functionResponses":[{}]}"#, "MISSING_FIELD"),
            (#"{"functionResponses":{}}"#, "WRONG_TYPE"), (#"{"functionResponses":[1]}"#, "WRONG_TYPE"),
            (#"{"functionResponses":[{"id":7}]}"#, "WRONG_TYPE"), (#"{"functionResponses":[{"id":"a","response":"x"}]}"#, "WRONG_TYPE"),
            (#"{"functionResponses":[{"id":"a","response":[]}]}"#, "WRONG_TYPE"),
            (#"{"functionResponses":[{"id":"a","scheduling":"NOW"}]}"#, "UNKNOWN_VALUE"),
            (#"{"functionResponses":[{"id":"a","willContinue":1}]}"#, "WRONG_TYPE"),
            ("{\"functionResponses\":[" + (0..<65).map { "{\"id\":\"c\($0)\"}" }.joined(separator: ",") + "]}", "OUT_OF_RANGE"),
        ] {
            #expect(refusal(of: "{\"toolResponse\":\(body)}")?.reason == reason, "\(body.prefix(80))")
        }
    }

    @Test("calls and cancellations, as SDKs read them")
    func events() {
        let call = ServerMessage(.toolCall([FunctionCall(id: "c1", name: "f", arguments: ["snake_case": 1])]), turn: "t1").json
        #expect(call == ["toolCall": ["functionCalls": [["id": "c1", "name": "f", "args": ["snake_case": 1]]]], "mm": ["turn": "t1"]])
        #expect(ServerMessage(.toolCallCancellation(["c1"])).json == ["toolCallCancellation": ["ids": ["c1"]]])
        var usage = Usage(promptTokens: 9, responseTokens: 1)
        usage.toolTokens = 4
        #expect(ServerMessage(.turnComplete(TurnComplete(usage: usage))).json["usageMetadata"]?["toolUsePromptTokenCount"] == 4)
    }
}
