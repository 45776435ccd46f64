import AgentProtocol
import Foundation
import Testing
import Tools

/// Declarations, calls and responses are what the published template of Gemma 4 writes, character by character: rendered by
/// Tests/Fixtures/template/render.py.
@Suite struct TemplateTests {
    private static func cases() throws -> [JSONValue] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/template/rendered.json")
        return try #require(try JSONText.parse(Array(Data(contentsOf: file))).array)
    }

    private static func entries(_ value: JSONValue?) -> [(name: String, value: JSONValue)] {
        (value?.array ?? []).map { ($0["name"]?.string ?? "", $0["arguments"] ?? $0["response"] ?? [:]) }
    }

    @Test func allIsWrittenAsTheTemplateDoes() throws {
        let cases = try Self.cases()
        #expect(cases.count >= 6)
        for value in cases {
            let functions = try FunctionDeclaration.list(in: #require(value["functions"]))
            #expect(try Declarations(functions).text.written == value["declared"]?.string)
            let called = Self.entries(value["calls"]).map { CallText.call(of: $0.name, $0.value).written }.joined()
            #expect(called == value["called"]?.string)
            let responded = Self.entries(value["responses"]).map { CallText.response(of: $0.name, $0.value).written }.joined()
            #expect(responded == value["responded"]?.string)
        }
    }

    /// And a call is read back as what it was.
    @Test func whatTheTemplateCallsIsRead() throws {
        for value in try Self.cases() {
            let written = try #require(value["called"]?.string)
            let calls = written.components(separatedBy: "<tool_call|>").dropLast().map { $0 + "<tool_call|>" }
            #expect(calls.count == Self.entries(value["calls"]).count)
            for (text, call) in zip(calls, Self.entries(value["calls"])) {
                let read = try #require(CallText.readCall(text))
                #expect(read.name == call.name && read.arguments == call.value)
            }
        }
    }
}
