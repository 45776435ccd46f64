import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing
import Tools

/// Functions of clients, with a model that calls: random weights, and a vocabulary in which the first token that it writes begins a call.
@Suite struct ToolTests {
    private static let ring = FunctionDeclaration(name: "ring", description: "rings.")

    private func options(answer tokens: Int = 400) -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = tokens
        options.softTokens = 4
        return options
    }

    /// It calls at once when it is asked "ring!" by whoever declares `functions`, after one picture.
    private func calling(
        _ functions: [FunctionDeclaration], attach: String? = AgentEngine.mainSession, extras: String? = nil
    ) async throws -> AgentModel {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 1))
        let sink = RecordingSink()
        var setup = setup([], attach: attach)
        setup.subscribe = Set(Topic.allCases)
        // Under no grammar: what it would write. Declared as text of the system turn, so that nothing is masked for a call.
        setup.functions = functions
        _ = try await engine.connect(ClientContext.ID(9), setup: setup, sink: sink, server: "test", features: [])
        let session = try #require(await engine.session(of: ClientContext.ID(9)))
        await engine.show(1, session: session)
        let turn = try await engine.ask([.text("ring!")], from: ClientContext.ID(9), re: nil, sink: sink)
        _ = try await sink.waitForEnd(of: turn)
        let text = sink.text(of: turn)
        let tokenizer = try TinyModel.prompted.get().tokenizer
        let id = try #require(
            (0..<Int32(tokenizer.vocabularyCount)).first { tokenizer.decode([$0], skipSpecial: true) == text && !text.isEmpty })
        return try TinyModel.exchanging("<|tool_call>", for: id, extras: extras)
    }

    private func setup(_ functions: [FunctionDeclaration], attach: String? = AgentEngine.mainSession, watch: String? = nil) -> Setup {
        var setup = Setup()
        setup.attach = attach
        setup.subscribe = Set(Topic.allCases)
        setup.functions = functions
        setup.isProactive = watch != nil
        setup.systemInstruction = watch.map { .text($0) }
        return setup
    }

    private struct Calling {
        let engine: AgentEngine
        let client: ClientContext.ID
        let sink: RecordingSink
    }

    private func start(
        _ functions: [FunctionDeclaration] = [ring], attach: String? = AgentEngine.mainSession, timeout: Duration = .seconds(60),
        extras: String? = nil
    ) async throws -> Calling {
        let model = try await calling(functions, attach: attach, extras: extras)
        var limits = EngineLimits()
        limits.toolTimeout = timeout
        let engine = try TinyModel.engine(.success(model), options(), limits: limits)
        let (client, sink) = try await engine.join(1, setup: setup(functions, attach: attach))
        await engine.show(1, session: try #require(await engine.session(of: client)))
        return Calling(engine: engine, client: client, sink: sink)
    }

    /// Asks, and waits for the call.
    private func ask(_ c: Calling) async throws -> (turn: String, calls: [FunctionCall]) {
        let turn = try await c.engine.ask([.text("ring!")], from: c.client, re: nil, sink: c.sink)
        let calls = try await c.sink.waitFor { $0.calls(of: turn).first }
        return (turn, calls)
    }

    private func responses(_ calls: [FunctionCall]) -> [FunctionResponse] {
        calls.map { FunctionResponse(id: $0.id, response: ["ok": true]) }
    }

    /// Answers whatever a turn goes on calling, to its end.
    private func finish(_ c: Calling, _ turn: String, after done: [FunctionCall] = []) async throws -> TurnComplete {
        var answered = Set(done.map(\.id))
        for _ in 0..<6_000 {
            if let end = c.sink.end(of: turn) { return end }
            let open = c.sink.calls(of: turn).flatMap { $0 }.filter { !answered.contains($0.id) }
            if !open.isEmpty {
                answered.formUnion(open.map(\.id))
                try await c.engine.respond(responses(open), from: c.client)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestTimeout()
    }

    /// Whoever comes back reads of the call, and that nobody waits for it any more.
    @Test(arguments: [AgentEngine.mainSession, nil]) func theCallOfAnAbsentClientIsCancelled(attach: String?) async throws {
        let engine = try TinyModel.engine(.success(try await calling([Self.ring], attach: attach)), options())
        var setup = setup([Self.ring], attach: attach)
        setup.resumption = SessionResumption()
        let (client, sink) = try await engine.join(1, setup: setup)
        await engine.show(1, session: try #require(await engine.session(of: client)))
        let c = Calling(engine: engine, client: client, sink: sink)
        _ = try await ask(c)
        _ = await engine.cancel(turn: nil, from: client)
        let handle: String = try #require(sink.handles.last)
        setup.resumption = SessionResumption(handle: handle)
        let (turn, calls) = try await ask(c)
        await engine.disconnect(client)
        #expect(try #require(await engine.status()).runningAsks == 0)
        let (back, again) = try await engine.join(2, setup: setup)
        #expect(again.calls(of: turn) == [calls])
        let cancelled = again.all.compactMap { if case .toolCallCancellation(let ids) = $0.event { ids } else { nil } }
        #expect(cancelled == [calls.map(\.id)] && again.end(of: turn)?.reason == .cancelled)
        let refused = await #expect(throws: StatusError.self) { try await engine.respond(responses(calls), from: back) }
        #expect(refused?.reason == "UNKNOWN_CALL")
        // Its functions are what they were.
        _ = try await ask(Calling(engine: engine, client: back, sink: again))
    }

    @Test func functionsThatComeWithAHandleTakeTheirPlace() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4))
        var plain = setup([], attach: nil)
        plain.resumption = SessionResumption()
        let (client, sink) = try await engine.join(1, setup: plain)
        _ = try await sink.waitForEnd(of: try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink))
        let handle = try await sink.waitFor { $0.handles.last }
        await engine.disconnect(client)
        func rows(_ number: UInt64, _ setup: Setup) async throws -> Int {
            let (id, _) = try await engine.join(number, setup: setup)
            let name = try #require(await engine.session(of: id))
            let rows = try #require(await engine.status(session: name)).cachedRows
            await engine.disconnect(id)
            return rows
        }
        var (declaring, silent, none) = (setup([Self.ring], attach: nil), setup([], attach: nil), setup([], attach: nil))
        let (with, without) = (try await rows(2, declaring), try await rows(3, none))
        declaring.resumption = SessionResumption(handle: handle)
        silent.resumption = SessionResumption(handle: handle)
        none.resumption = SessionResumption(handle: handle, says: [.tools])
        #expect(try await rows(4, declaring) == with && with > without)
        // Left out they are what they were; said to be none they are none.
        #expect(try await rows(5, silent) == with)
        #expect(try await rows(6, none) == without)
    }

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

    // MARK: Refusals

    private func reason(_ act: () async throws -> Void) async -> String? {
        do { try await act() } catch { return (error as? StatusError)?.reason ?? "\(error)" }
        return nil
    }

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

    // MARK: Functions that nobody waits for

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

extension RecordingSink {
    /// The calls of a turn, message by message.
    func calls(of turn: String) -> [[FunctionCall]] {
        all.compactMap { message in
            if message.turn == turn, case .toolCall(let calls) = message.event { calls } else { nil }
        }
    }
}
