import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing
import Tools

/// What a call is to the turn that makes it: its fork, its responses, its end.
@Suite struct ToolTests: CallingSuite {
    // MARK: The fork

    @Test(arguments: [AgentEngine.mainSession, nil]) func theResponseContinuesTheSameFork(attach: String?) async throws {
        let c = try await start(attach: attach)
        let (_, bystander) = try await c.engine.join(2)
        let (turn, calls) = try await ask(c)
        #expect(calls.allSatisfy { $0.name == "ring" && $0.arguments == [:] })
        #expect(calls.count <= CallBook.maximumCallsOfTurn && Set(calls.map(\.id)).count == calls.count)
        // The turn is open, and nobody else hears of the call.
        #expect(c.sink.end(of: turn) == nil)
        #expect(bystander.calls(of: turn).isEmpty)
        #expect(try #require(await c.engine.status()).runningAsks == 1)
        let session = try #require(await c.engine.session(of: c.client))
        let before = await (c.engine.statistics.askRows, c.engine.status(session: session)?.counters)
        try await c.engine.respond(responses(calls), from: c.client)
        let end = try await finish(c, turn, after: calls)
        let usage = try #require(end.usage)
        let after = await (c.engine.statistics.askRows, c.engine.status(session: session)?.counters)
        // The picture is not encoded again, and none of the fork's rows is read again: the responses, and what is said.
        #expect(before.1 == after.1)
        #expect(usage.toolTokens > 0)
        #expect(after.0 - before.0 <= usage.toolTokens + usage.responseTokens)
        #expect(usage.promptDetails["VIDEO"] ?? 0 > 0 && usage.promptTokens > usage.toolTokens + (usage.cachedTokens ?? 0))
        #expect(try #require(await c.engine.status()).runningAsks == 0)
    }

    /// On a private session the declarations stand in the stream's own system turn, so every id can be written out.
    @Test func theTurnIsWhatTheDecoderWouldSay() async throws {
        let model = try await calling([Self.ring], attach: nil)
        let engine = try TinyModel.engine(.success(model), options(answer: 64))
        let (client, sink) = try await engine.join(1, setup: setup([Self.ring], attach: nil))
        let c = Calling(engine: engine, client: client, sink: sink)
        let turn = try await engine.ask([.text("ring!")], from: client, re: nil, sink: sink)
        let tokenizer = model.tokenizer
        let q = "<|\"|>"
        let declared = "<|tool>declaration:ring{description:\(q)rings.\(q),parameters:{type:\(q)OBJECT\(q)}}<tool|>"
        let head =
            tokenizer.encode("<bos><|turn>system\n") + tokenizer.encodePlain(model.defaultSystem)
            + tokenizer.encode(declared + "<turn|>\n<|turn>user\n") + tokenizer.encodePlain("ring!")
            + tokenizer.encode("<turn|>\n<|turn>model\n")
        let end = try await finish(c, turn)
        let called = sink.calls(of: turn)
        #expect(end.usage?.promptTokens == head.count + (end.usage?.toolTokens ?? 0))
        let response = tokenizer.encode("<|tool_response>response:ring{ok:true}<tool_response|>")
        #expect(end.usage?.toolTokens == response.count * called.flatMap { $0 }.count)
    }

    /// A fork of the main session gets its client's system turn in the place of the shared one. Before anything was seen or heard that is
    /// what a private session with that system turn is: the same rows, the same words.
    @Test func behindDeclarationsTheMainSessionSaysWhatAPrivateOneDoes() async throws {
        func answer(_ attach: String?, _ functions: [FunctionDeclaration]) async throws -> (text: String, usage: Usage) {
            let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 16))
            let (client, sink) = try await engine.join(1, setup: setup(functions, attach: attach))
            let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
            let end = try await sink.waitForEnd(of: turn)
            return (sink.text(of: turn), try #require(end.usage))
        }
        let (shared, own) = (try await answer(AgentEngine.mainSession, [Self.ring]), try await answer(nil, [Self.ring]))
        #expect(shared.text == own.text && !own.text.isEmpty)
        #expect(shared.usage == own.usage)
        let plain = try await answer(AgentEngine.mainSession, [])
        #expect(shared.usage.promptTokens > plain.usage.promptTokens && shared.text != plain.text)
    }

    /// Another client's answers know nothing of it, and the stream is as it was.
    @Test func declarationsAreTheirClientsAlone() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 16))
        await engine.show(1)
        func answer(_ number: UInt64, _ functions: [FunctionDeclaration]) async throws -> (String, Int?) {
            let (client, sink) = try await engine.join(number, setup: setup(functions))
            let turn = try await engine.ask([.text("what is on the desk?")], from: client, re: nil, sink: sink)
            let end = try await sink.waitForEnd(of: turn)
            return (sink.text(of: turn), end.usage?.promptTokens)
        }
        let before = try await answer(1, [])
        let rows = await engine.status()?.cachedRows
        _ = try await answer(2, [Self.ring])
        #expect(try await answer(3, []) == before)
        #expect(await engine.status()?.cachedRows == rows)
    }

    /// What is spoken to a private session is its client's question.
    @Test func aSpokenQuestionCallsTheFunctionsOfItsSession() async throws {
        let model = try await calling([Self.ring], attach: nil)
        var options = options()
        options.answersSpeech = true
        let engine = try TinyModel.engine(.success(model), options)
        let (client, sink) = try await engine.join(1, setup: setup([Self.ring], attach: nil))
        let session = try #require(await engine.session(of: client))
        await engine.show(1, session: session)
        await engine.heard("ring!", from: 0, to: 1, in: session)
        let message = try await sink.waitFor { $0.all.first { if case .toolCall = $0.event { true } else { false } } }
        #expect(message.source == "mic")
        let turn = try #require(message.turn)
        #expect(sink.transcripts.first?.turn == turn)
        _ = try await finish(Calling(engine: engine, client: client, sink: sink), turn)
        #expect(try #require(await engine.status()).runningAsks == 0)
    }

    @Test func otherFunctionsFromTheNextQuestionOn() async throws {
        let c = try await start()
        let (turn, calls) = try await ask(c)
        try await c.engine.declare([], from: c.client)
        // The call that is open stays so, and its turn goes on with the functions that it began with.
        try await c.engine.respond(responses(calls), from: c.client)
        _ = try await finish(c, turn, after: calls)
        let next = try await c.engine.ask([.text("ring!")], from: c.client, re: nil, sink: c.sink)
        _ = try await c.sink.waitForEnd(of: next)
        #expect(c.sink.calls(of: next).isEmpty)
    }

    @Test func parallelResponsesInAnyOrderAndApart() async throws {
        let c = try await start()
        let (turn, calls) = try await ask(c)
        for (index, call) in calls.reversed().enumerated() {
            #expect(c.sink.end(of: turn) == nil)
            let rows = await c.engine.statistics.askRows
            try await c.engine.respond([FunctionResponse(id: call.id, name: "ring", response: [:])], from: c.client)
            // Nothing is read before the last has come.
            if index < calls.count - 1 { #expect(await c.engine.statistics.askRows == rows) }
        }
        _ = try await finish(c, turn, after: calls)
    }

    /// A string without a bound, which at random would fill all the room there is.
    @Test func aCallIsMadeWholeWithinTheRoom() async throws {
        let say = FunctionDeclaration(
            name: "say", description: "says.",
            parameters: ["type": "object", "required": ["text"], "properties": ["text": ["type": "string"]]])
        let model = try await calling([say])
        let engine = try TinyModel.engine(.success(model), options(answer: 40))
        let (client, sink) = try await engine.join(1, setup: setup([say]))
        await engine.show(1, session: try #require(await engine.session(of: client)))
        let turn = try await engine.ask([.text("ring!")], from: client, re: nil, sink: sink)
        let calls = try await sink.waitFor { $0.calls(of: turn).first }
        #expect(calls.allSatisfy { $0.name == "say" && $0.arguments["text"]?.string != nil })
        _ = await engine.cancel(turn: turn, from: client)
    }

    // MARK: Refusals

    @Test func responsesThatNobodyWaitsForAreRefused() async throws {
        let c = try await start()
        let (other, _) = try await c.engine.join(2, setup: setup([Self.ring]))
        #expect(await reason { try await c.engine.respond([FunctionResponse(id: "c9")], from: c.client) } == "UNKNOWN_CALL")
        let (turn, calls) = try await ask(c)
        #expect(await reason { try await c.engine.respond(responses(calls), from: other) } == "UNKNOWN_CALL")
        #expect(
            await reason { try await c.engine.respond([FunctionResponse(id: calls[0].id, name: "sing")], from: c.client) }
                == "WRONG_FUNCTION")
        let long = AgentProtocol.JSONValue.string(String(repeating: "word ", count: 60_000))
        #expect(
            await reason { try await c.engine.respond([FunctionResponse(id: calls[0].id, response: ["x": long])], from: c.client) }
                == "TOO_LONG")
        // Nothing of that was taken.
        #expect(c.sink.end(of: turn) == nil)
        _ = try await finish(c, turn)
        #expect(await reason { try await c.engine.respond(responses(calls), from: c.client) } == "UNKNOWN_CALL")
    }

    @Test func declarationsThatCannotBeObeyedAreRefused() async throws {
        let engine = try TinyModel.engine(options())
        func refusal(_ functions: [FunctionDeclaration], form: AnswerForm = .text) async -> String? {
            await reason {
                var setup = setup(functions)
                setup.generation.form = form
                _ = try await engine.join(1, setup: setup)
            }
        }
        #expect(await refusal([FunctionDeclaration(name: "1x")]) == "UNSUPPORTED_SCHEMA")
        #expect(await refusal([Self.ring, Self.ring]) == "UNSUPPORTED_SCHEMA")
        #expect(
            await refusal([FunctionDeclaration(name: "f", parameters: ["type": "object", "properties": ["a": ["not": [:]]]])])
                == "UNSUPPORTED_SCHEMA")
        #expect(await refusal([], form: .json(schema: ["type": "string", "minLength": 3, "maxLength": 2])) == "UNSUPPORTED_SCHEMA")
        #expect(await refusal([], form: .choice(schema: ["type": "string"])) == "UNSUPPORTED_SCHEMA")
        let endless = String(repeating: "word ", count: 800)
        #expect(await refusal((0..<60).map { FunctionDeclaration(name: "f\($0)", description: endless) }) == "TOO_LONG")
        #expect(await refusal([Self.ring]) == nil)
    }

    // MARK: Ends

    @Test(arguments: ["question", "cancel", "mute"]) func whatEndsTheTurnCancelsItsCalls(how: String) async throws {
        let c = try await start()
        let (turn, calls) = try await ask(c)
        switch how {
        case "question": try await c.engine.ask([.text("no, wait")], from: c.client, re: nil, sink: c.sink)
        case "cancel": #expect(await c.engine.cancel(turn: nil, from: c.client) == (turn, true))
        default: await c.engine.setMuted(true, .video)
        }
        let ofTurn = c.sink.all.filter { $0.turn == turn }.suffix(3).map(\.event)
        guard case .toolCallCancellation(let ids)? = ofTurn.first, case .interrupted = ofTurn[1], case .turnComplete(let end) = ofTurn[2]
        else {
            Issue.record("\(ofTurn)")
            return
        }
        #expect(ids == calls.map(\.id))
        #expect(end.reason == (how == "question" ? .interrupted : .cancelled))
        #expect(await reason { try await c.engine.respond(responses(calls), from: c.client) } == "UNKNOWN_CALL")
        // What follows is a conversation like any other.
        _ = await c.engine.cancel(turn: nil, from: c.client)
        #expect(try #require(await c.engine.status()).runningAsks == 0)
    }

    @Test func aClientThatLeavesLeavesNothingBehind() async throws {
        let c = try await start()
        _ = try await ask(c)
        await c.engine.disconnect(c.client)
        #expect(try #require(await c.engine.status()).runningAsks == 0)
    }

    @Test func aFunctionThatTakesTooLong() async throws {
        let c = try await start(timeout: .milliseconds(50))
        let (turn, calls) = try await ask(c)
        let end = try await c.sink.waitForEnd(of: turn)
        #expect(end.reason == .failed)
        let events = c.sink.all.filter { $0.turn == turn }.suffix(3).map(\.event)
        guard case .toolCallCancellation(let ids)? = events.first, case .error(let error) = events[1] else {
            Issue.record("\(events)")
            return
        }
        #expect(ids == calls.map(\.id) && error.reason == "TOOL_TIMEOUT")
        #expect(error.message.contains("[live] tool_timeout"))
        #expect(try #require(await c.engine.status()).runningAsks == 0)
    }

    // MARK: Instructions

    /// What it would say first to an instruction becomes the token at which a call begins; where the instruction's own words have that
    /// token they are others then, so the next one is tried.
    @Test func aStandingInstructionCalls() async throws {
        let tokenizer = try TinyModel.prompted.get().tokenizer
        for instruction in ["ring when it changes", "when something appears ring", "ring!", "call for a mug", "now and then ring"] {
            var first = setup([Self.ring], watch: instruction)
            first.generation.maxOutputTokens = 1
            let plain = try TinyModel.engine(TinyModel.prompted, options())
            let (_, heard) = try await plain.join(1, setup: first)
            await plain.show(1)
            try await plain.waitUntilIdle()
            let said = heard.unsolicited.lazy.compactMap { if case .modelTurn(let text) = $0.event { text } else { nil } }.first
            guard let said,
                let id = (0..<Int32(tokenizer.vocabularyCount)).first(where: { tokenizer.decode([$0], skipSpecial: true) == said })
            else { continue }
            let engine = try TinyModel.engine(.success(TinyModel.exchanging("<|tool_call>", for: id)), options())
            let (client, sink) = try await engine.join(1, setup: setup([Self.ring], watch: instruction))
            let (_, follower) = try await engine.join(2, setup: proactiveSetup())
            await engine.show(1)
            func call() -> ServerMessage? { sink.unsolicited.first { if case .toolCall = $0.event { true } else { false } } }
            while call() == nil, await engine.status()?.runningAsks != 0 { try await Task.sleep(for: .milliseconds(5)) }
            guard let message = call(), let turn = message.turn else { continue }
            #expect(message.source == "camera")
            #expect(follower.calls(of: turn).isEmpty)
            _ = try await finish(Calling(engine: engine, client: client, sink: sink), turn)
            // The end is told, whatever was said.
            #expect(sink.unsolicited.filter { $0.turn == turn }.count >= 3)
            try await engine.waitUntilIdle()
            return
        }
        Issue.record("none of the instructions made it call")
    }
}
