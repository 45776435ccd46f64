import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing

/// Clients that come back by a handle: what they find, what they do not, and who may not.
@Suite struct ResumptionTests {
    private static let me = Principal.user(1)

    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens) }

    /// - Parameter handle: nil: a new session, for which handles are wanted.
    private func setup(_ handle: String? = nil, attach: String? = nil) -> Setup {
        var setup = Setup()
        setup.attach = attach
        setup.subscribe = Set(Topic.allCases)
        setup.resumption = SessionResumption(handle: handle)
        return setup
    }

    private struct Client {
        let engine: AgentEngine
        let id: ClientContext.ID
        let sink: RecordingSink
        let complete: SetupComplete
        var session: String { complete.sessionID }

        init(_ engine: AgentEngine, _ number: UInt64, _ setup: Setup, user: Principal = me) async throws {
            self.engine = engine
            id = ClientContext.ID(number)
            sink = RecordingSink(topics: setup.topics)
            complete = try await engine.connect(id, user: user, setup: setup, sink: sink, server: "test", features: [])
        }

        func ask(_ question: String = "what is on the desk?") async throws -> (turn: String, text: String, end: TurnComplete) {
            let turn = try await engine.ask([.text(question)], from: id, re: nil, sink: sink)
            let end = try await sink.waitForEnd(of: turn)
            return (turn, sink.text(of: turn), end)
        }

        /// Rows beside the stream: what was said before, and the question.
        func rows() async throws -> Int {
            let usage = try #require(try await ask("hm?").end.usage)
            return usage.promptTokens - (usage.cachedTokens ?? 0)
        }

        /// The newest handle, when one came after so many.
        func handle(after count: Int = 0) async throws -> String {
            try await sink.waitFor { $0.handles.count > count ? $0.handles.last : nil }
        }

        func leave() async { await engine.disconnect(id) }
    }

    // MARK: A private session

    /// Whoever was away is answered as if it had stayed.
    @Test func thePrivateSessionGoesOnAsItWasLeft() async throws {
        func play(leaving: Bool) async throws -> (text: String, end: TurnComplete, cached: Int?) {
            let engine = try TinyModel.engine(options())
            var client = try await Client(engine, 1, setup())
            await engine.show(1, session: client.session)
            _ = try await client.ask()
            try await engine.append([.text("on the left, ")], from: client.id)
            let rows = try #require(await engine.status(session: client.session)).cachedRows
            if leaving {
                let handle = try await client.handle()
                await client.leave()
                #expect(await engine.status(session: client.session)?.cachedRows == rows)
                let back = try await Client(engine, 2, setup(handle))
                #expect(back.session == client.session)
                // The turn that it has heard is not told again.
                #expect(back.sink.all.isEmpty)
                client = back
            }
            await engine.show(2, session: client.session)
            let (_, text, end) = try await client.ask("is there a mug?")
            #expect(end.evidence?.frames.count == 2)
            return (text, end, await engine.status(session: client.session)?.cachedRows)
        }
        let (stayed, left) = (try await play(leaving: false), try await play(leaving: true))
        #expect(left.text == stayed.text && !left.text.isEmpty)
        #expect(left.end.usage == stayed.end.usage)
        #expect(left.cached == stayed.cached)
    }

    @Test func whatTheSetupLeavesOutIsAsItWas() async throws {
        let engine = try TinyModel.engine(options())
        var first = setup()
        first.systemInstruction = .text("be brief")
        first.generation.maxOutputTokens = 3
        first.compression.triggerTokens = 900
        let client = try await Client(engine, 1, first)
        #expect(try await client.ask().end.usage?.responseTokens == 3)
        let handle = try await client.handle()
        await client.leave()
        // The same wish is none; another one cannot be done, and is told.
        let back = try await Client(engine, 2, setup(handle))
        #expect(try await back.ask().end.usage?.responseTokens == 3)
        await back.leave()
        var other = setup(handle)
        other.compression.triggerTokens = 800
        other.realtimeInput.activityHandling = .noInterruption
        other.beginsWithHistory = true
        let ignored = try await Client(engine, 3, other).complete.ignored
        #expect(ignored.contains("setup.contextWindowCompression: the session goes on as it began"))
        #expect(ignored.contains("setup.realtimeInputConfig: the session goes on as it began"))
        #expect(ignored.contains("setup.historyConfig.initialHistoryInClientContent"))
    }

    /// Another instruction than the session's own is said before the questions, until one takes its place.
    @Test func aNewInstructionIsSaidBeforeTheQuestions() async throws {
        let engine = try TinyModel.engine(options(answer: 1))
        let tokenizer = try TinyModel.shared.get().tokenizer
        let said = tokenizer.encodePlain("answer in one word\n").count
        let between = tokenizer.encode("\n<|turn>user\n").count
        // What a question has of its own, and what was said before it.
        var (question, history) = (0, 0)
        func ask(_ client: Client, saying said: Int) async throws {
            let (_, text, end) = try await client.ask("hm?")
            let usage = try #require(end.usage)
            let rows = usage.promptTokens - (usage.cachedTokens ?? 0)
            if question == 0 { question = rows }
            #expect(rows == history + said + question)
            history += said + question + tokenizer.encodePlain(text).count + 1 + between
        }
        var first = setup()
        first.systemInstruction = .text("be brief")
        let client = try await Client(engine, 1, first)
        try await ask(client, saying: 0)
        var handle = try await client.handle()
        await client.leave()
        // Once more as it was.
        first.resumption = SessionResumption(handle: handle)
        let same = try await Client(engine, 2, first)
        try await ask(same, saying: 0)
        await same.leave()
        var new = setup(handle)
        new.systemInstruction = .text("answer in one word")
        let told = try await Client(engine, 3, new)
        try await ask(told, saying: said)
        handle = try await told.handle()
        await told.leave()
        // It is the one that counts for who says none.
        let silent = try await Client(engine, 4, setup(handle))
        try await ask(silent, saying: said)
        try await engine.update(instruction: "answer in one word", of: silent.id)
        try await ask(silent, saying: 0)
        handle = try await silent.handle(after: 1)
        await silent.leave()
        try await ask(try await Client(engine, 5, setup(handle)), saying: 0)
    }

    @Test func whatWasSpokenBeforeIsPartOfTheTurn() async throws {
        let engine = try TinyModel.engine(options())
        var setup = setup()
        setup.realtimeInput.isManual = true
        let client = try await Client(engine, 1, setup)
        _ = try await client.ask()
        let handle = try await client.handle()
        try await engine.beginActivity(of: client.id)
        await engine.push(AudioBlock(start: .zero, samples: sound(1)), to: client.session)
        await engine.drain(session: client.session)
        await client.leave()
        setup.resumption = SessionResumption(handle: handle)
        let back = try await Client(engine, 2, setup)
        try await engine.endActivity(of: back.id)
        let end = try await back.sink.waitFor { sink in
            sink.all.lazy.compactMap { if case .turnComplete(let end) = $0.event { end } else { nil } }.first
        }
        #expect(end.evidence?.audio.count == 1)
    }

    // MARK: Who may not

    @Test func aHandleIsItsUsersAlone() async throws {
        let engine = try TinyModel.engine(options())
        let client = try await Client(engine, 1, setup())
        _ = try await client.ask()
        let handle = try await client.handle()
        await client.leave()
        for (handle, user) in [(handle, Principal.user(2)), (handle, .key("me")), ("none-of-ours", Self.me), ("main-0-x", Self.me)] {
            #expect(await reason { _ = try await Client(engine, 2, setup(handle), user: user) } == "UNKNOWN_HANDLE")
        }
        #expect(await reason { _ = try await Client(engine, 2, setup(handle, attach: "main")) } == "OTHER_SESSION")
        #expect(try await Client(engine, 3, setup(handle)).session == client.session)
    }

    @Test func whoStaysAwayTooLongIsForgotten() async throws {
        var limits = EngineLimits()
        limits.resumption = ResumptionLimits(patience: .milliseconds(1))
        let engine = try TinyModel.engine(options(), limits: limits)
        let client = try await Client(engine, 1, setup())
        _ = try await client.ask()
        let handle = try await client.handle()
        await client.leave()
        #expect(await engine.status(session: client.session) != nil)
        try await Task.sleep(for: .milliseconds(20))
        await engine.tellTroubles()
        #expect(await engine.status(session: client.session) == nil)
        #expect(await reason { _ = try await Client(engine, 2, setup(handle)) } == "UNKNOWN_HANDLE")
    }

    @Test func placesOfTheAbsentAndOfThoseWhoAreThere() async throws {
        var limits = EngineLimits()
        limits.privateSessions = 1
        limits.resumption = ResumptionLimits(places: 1)
        let engine = try TinyModel.engine(options(), limits: limits)
        let first = try await Client(engine, 1, setup())
        _ = try await first.ask()
        let handle = try await first.handle()
        await first.leave()
        // Its place is free for who comes; then there is none for its own session, which waits.
        let second = try await Client(engine, 2, setup(), user: .user(2))
        #expect(await reason { _ = try await Client(engine, 3, setup(handle)) } == "TOO_MANY_SESSIONS")
        // Without a handle nothing of it is kept.
        await second.leave()
        #expect(await engine.status(session: second.session) == nil)
        let back = try await Client(engine, 4, setup(handle))
        #expect(back.session == first.session)
        await back.leave()
        // The one that has been away longest goes for the next.
        let third = try await Client(engine, 5, setup(), user: .user(2))
        _ = try await third.ask()
        _ = try await third.handle()
        await third.leave()
        #expect(await engine.status(session: first.session) == nil)
        #expect(await engine.status(session: third.session) != nil)
    }

    @Test func whereItIsOffTheSetupSaysSo() async throws {
        var limits = EngineLimits()
        limits.resumption = ResumptionLimits(patience: .zero)
        let engine = try TinyModel.engine(options(), limits: limits)
        let client = try await Client(engine, 1, setup())
        #expect(client.complete.ignored.contains { $0.hasPrefix("setup.sessionResumption: no session is kept") })
        _ = try await client.ask()
        #expect(client.sink.handles.isEmpty)
        await client.leave()
        #expect(await engine.status(session: client.session) == nil)
        // Who does not ask for handles gets none where it is on, either.
        let plain = try await Client(try TinyModel.engine(options()), 1, mainSetup())
        _ = try await plain.ask()
        #expect(plain.sink.handles.isEmpty)
    }

    @Test func aSetupThatFailsLosesNothing() async throws {
        let engine = try TinyModel.engine(options())
        let client = try await Client(engine, 1, setup())
        _ = try await client.ask()
        let handle = try await client.handle()
        await client.leave()
        var wrong = setup(handle)
        wrong.systemInstruction = .text(String(repeating: "be brief ", count: 20_000))
        #expect(await reason { _ = try await Client(engine, 2, wrong) } == "TOO_LONG")
        wrong = setup(handle)
        wrong.after = 1_000
        #expect(await reason { _ = try await Client(engine, 3, wrong) } == "OUT_OF_RANGE")
        // One that goes before it is done.
        let (right, sink) = (setup(handle), RecordingSink())
        let going = Task {
            _ = try await engine.connect(ClientContext.ID(4), user: Self.me, setup: right, sink: sink, server: "", features: [])
        }
        going.cancel()
        _ = await going.result
        await engine.disconnect(ClientContext.ID(4))
        #expect(try await Client(engine, 5, setup(handle)).session == client.session)
    }

    // MARK: Taken over

    @Test func theConnectionThatWasBeforeIsClosed() async throws {
        var long = options(answer: 4_000)
        long.sampling = SamplingParameters(temperature: 3, seed: 5)
        let engine = try TinyModel.engine(long)
        let client = try await Client(engine, 1, setup())
        _ = try await engine.ask([.text("a story")], from: client.id, re: nil, sink: client.sink)
        _ = await engine.cancel(turn: nil, from: client.id)
        let handle = try await client.handle()
        let turn = try await engine.ask([.text("another story")], from: client.id, re: nil, sink: client.sink)
        let back = try await Client(engine, 2, setup(handle))
        #expect(client.sink.closed?.reason == "SESSION_RESUMED" && client.sink.closed?.status == .cancelled)
        #expect(try #require(await engine.status()).clients == 1)
        // What it had begun has ended, and the new connection is told of it.
        #expect(back.sink.end(of: turn)?.reason == .cancelled)
        #expect(await reason { _ = try await client.engine.ask([.text("x")], from: client.id, re: nil, sink: client.sink) } == "NO_SESSION")
        // What the old connection still ends is nobody else's.
        await client.leave()
        #expect(await engine.session(of: back.id) == client.session)
    }

    /// The newest handle may not have been read when the connection was lost.
    @Test func anOlderHandleIsGoodAndWhatCameAfterItIsTold() async throws {
        let engine = try TinyModel.engine(options())
        let client = try await Client(engine, 1, setup())
        _ = try await client.ask()
        let first = try await client.handle()
        let second = try await client.ask("and now?")
        _ = try await client.handle(after: 1)
        await client.leave()
        let back = try await Client(engine, 2, setup(first))
        #expect(back.sink.text(of: second.turn) == second.text)
        #expect(back.sink.end(of: second.turn) != nil)
    }

    // MARK: The main session

    @Test func theMainSessionGoesOnAfterTheHandle() async throws {
        let engine = try TinyModel.engine(options())
        let client = try await Client(engine, 1, setup(attach: "main"))
        let rows = try await client.rows()
        let handle = try await client.handle()
        #expect(handle.hasPrefix("main-\(await engine.lastSequence())-"))
        let last = try #require(client.sink.all.compactMap(\.sequence).max())
        await client.leave()
        let other = try await Client(engine, 2, mainSetup())
        let missed = try await other.ask()
        let back = try await Client(engine, 3, setup(handle))
        #expect(back.session == "main")
        #expect(back.sink.all.compactMap(\.sequence).first == last + 1)
        #expect(back.sink.text(of: missed.turn) == missed.text)
        #expect(back.complete.next == last + 1)
        // And knows what it has asked.
        #expect(try await back.rows() > rows)
    }

    @Test func overARestartTheMainSessionGoesOnByItsNumber() async throws {
        let model = try TinyModel.shared.get()
        func engine(_ last: Int64) -> AgentEngine {
            AgentEngine(model: model, options: options(), lastSequence: last, thread: EngineThread(name: "test-engine"))
        }
        let before = engine(0)
        let client = try await Client(before, 1, setup(attach: "main"))
        _ = try await client.ask()
        // With goAway there is one more.
        await before.refuseQuestions()
        let handle = try await client.handle(after: 1)
        let last = await before.lastSequence()
        let restarted = engine(10_000)
        let back = try await Client(restarted, 1, setup(handle), user: .user(7))
        #expect(back.session == "main" && back.complete.next == last + 1)
        let gap = back.sink.all.compactMap { if case .gap(.events(let from, let to)) = $0.event { [from, to] } else { nil } }
        #expect(gap == [[last + 1, 10_000]])
        #expect(await reason { _ = try await Client(restarted, 2, setup(handle, attach: "s1")) } == "OTHER_SESSION")
        let future = handle.replacing("main-\(last)-", with: "main-10001-")
        #expect(await reason { _ = try await Client(restarted, 2, setup(future)) } == "UNKNOWN_HANDLE")
        // Where no numbers were kept there is nothing to go on with; a private session is gone with the daemon.
        #expect(await reason { _ = try await Client(engine(0), 2, setup(handle)) } == "UNKNOWN_HANDLE")
    }

    @Test func aMuteTakesFromTheAbsentWhatItTakesFromThoseWhoAreThere() async throws {
        let engine = try TinyModel.engine(options(answer: 30))
        let (left, stayed) = (try await Client(engine, 1, setup(attach: "main")), try await Client(engine, 2, setup(attach: "main")))
        await engine.show(3)
        for client in [left, stayed] { _ = try await client.ask() }
        let handle = try await left.handle()
        await left.leave()
        await engine.setMuted(true, .video)
        let back = try await Client(engine, 3, setup(handle))
        // The ring is wiped, too: nothing of the answers is told again.
        #expect(back.sink.all.allSatisfy { if case .modelTurn = $0.event { false } else { true } })
        #expect(try await back.rows() == (try await stayed.rows()))
    }

    @Test func aStandingInstructionIsGivenAnew() async throws {
        let engine = try TinyModel.engine(options())
        var watching = setup(attach: "main")
        watching.isProactive = true
        watching.systemInstruction = .text("tell me when a mug appears")
        let client = try await Client(engine, 1, watching)
        await engine.show(1)
        let handle = try await client.handle()
        try await engine.waitUntilIdle()
        await client.leave()
        // Nobody's instruction is asked while its client is away.
        await engine.show(2)
        try await engine.waitUntilIdle()
        let back = try await Client(engine, 2, setup(handle))
        let count = back.sink.unsolicited.count
        await engine.show(4)
        _ = try await back.sink.waitFor { $0.unsolicited.count > count ? true : nil }
    }
}

extension RecordingSink {
    /// Handles that came, oldest first.
    var handles: [String] { all.compactMap { if case .sessionResumptionUpdate(let handle) = $0.event { handle } else { nil } } }
}
