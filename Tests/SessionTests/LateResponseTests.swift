import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing
import Tools

/// Functions that no turn waits for, and what later questions are told of calls.
@Suite struct LateResponseTests: CallingSuite {
    private static let slow = FunctionDeclaration(name: "ring", description: "rings.", behavior: .nonBlocking)

    @Test func aTurnDoesNotWaitForANonBlockingFunction() async throws {
        let c = try await start([Self.slow])
        let (turn, calls) = try await ask(c)
        #expect(try await c.sink.waitForEnd(of: turn).reason == nil)
        let rows = await c.engine.statistics.askRows
        // Silent: nothing is said, and nothing is read before the next question.
        try await c.engine.respond([FunctionResponse(id: calls[0].id, scheduling: .silent, willContinue: true)], from: c.client)
        #expect(try #require(await c.engine.status()).runningAsks == 0)
        #expect(await c.engine.statistics.askRows == rows)
        // Then a turn of its own, on the fork of the first.
        try await c.engine.respond(responses(calls), from: c.client)
        let next = try await c.sink.waitFor { sink in sink.all.compactMap(\.turn).first { $0 != turn } }
        let usage = try await c.sink.waitFor { sink in
            sink.end(of: next)?.usage ?? (sink.calls(of: next).isEmpty ? nil : Usage(promptTokens: 0, responseTokens: 0))
        }
        if usage.promptTokens > 0 {
            #expect(usage.toolTokens > 0)
            #expect(await c.engine.statistics.askRows - rows <= usage.toolTokens + usage.responseTokens)
        }
    }

    @Test func aSilentResponseIsReadWithTheNextQuestion() async throws {
        func rows(after respond: Bool) async throws -> Int {
            let c = try await start([Self.slow])
            let (turn, calls) = try await ask(c)
            _ = try await c.sink.waitForEnd(of: turn)
            if respond {
                try await c.engine.respond([FunctionResponse(id: calls[0].id, response: ["n": 7], scheduling: .silent)], from: c.client)
            }
            let next = try await c.engine.ask([.text("and?")], from: c.client, re: nil, sink: c.sink)
            let usage = try await c.sink.waitFor { sink in sink.end(of: next)?.usage }
            return usage.promptTokens
        }
        let response = try TinyModel.prompted.get().tokenizer.encode("<|tool_response>response:ring{n:7}<tool_response|>").count
        #expect(try await rows(after: true) == rows(after: false) + response)
    }

    /// To one that was trained on no earlier calls, as nano was, a call and its response are as if they had not been.
    @Test func ofEarlierCallsAModelIsToldWhatItWasTrainedOn() async throws {
        func rows(recalls: Bool) async throws -> (prompt: Int, tool: Int) {
            let c = try await start(extras: "{\"recalls_calls\":\(recalls)}")
            let (turn, calls) = try await ask(c)
            try await c.engine.respond(responses(calls), from: c.client)
            let first = try await finish(c, turn, after: calls).usage
            let next = try await c.engine.ask([.text("and?")], from: c.client, re: nil, sink: c.sink)
            let usage = try await c.sink.waitFor { sink in
                sink.end(of: next)?.usage ?? (sink.calls(of: next).isEmpty ? nil : Usage(promptTokens: 0, responseTokens: 0))
            }
            return (usage.promptTokens, first?.toolTokens ?? 0)
        }
        let (told, untold) = try await (rows(recalls: true), rows(recalls: false))
        try #require(told.prompt > 0 && untold.prompt > 0)
        // The calls themselves go, too.
        #expect(told.tool > 0 && told.prompt - untold.prompt > told.tool)
    }

    @Test func aLateResponseInterruptsWhereItSaysSo() async throws {
        let c = try await start([Self.slow])
        let (first, calls) = try await ask(c)
        _ = try await c.sink.waitForEnd(of: first)
        // An answer of some length, to something else.
        let second = try await c.engine.ask([.text("tell me a story")], from: c.client, re: nil, sink: c.sink)
        try await c.engine.respond([FunctionResponse(id: calls[0].id, scheduling: .interrupt, willContinue: true)], from: c.client)
        let end = try await c.sink.waitForEnd(of: second)
        let late = try await c.sink.waitFor { sink in sink.all.compactMap(\.turn).first { $0 != first && $0 != second } }
        // It was interrupted, unless it had come to its end, or to a call, by then.
        #expect([nil, .interrupted].contains(end.reason))
        _ = late
    }
}
