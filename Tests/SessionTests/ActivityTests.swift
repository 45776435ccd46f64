import AgentProtocol
import Checkpoint
import Media
import Session
import Testing

/// Speech in private sessions: turns whose begin and end the client tells, and what speech does to the answer under way.
@Suite struct ActivityTests {
    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens, transcribes: true) }

    private struct Session {
        let engine: AgentEngine
        let client: ClientContext.ID
        let sink: RecordingSink
        let name: String
        private var time = MediaTime.zero

        init(_ engine: AgentEngine, topics: Set<Topic> = Set(Topic.allCases), _ change: (inout RealtimeInputConfig) -> Void) async throws {
            var setup = Setup()
            setup.subscribe = topics
            change(&setup.realtimeInput)
            let number = UInt64.random(in: 1...1_000_000)
            (client, sink) = try await engine.join(number, setup: setup)
            self.engine = engine
            name = try #require(await engine.session(of: client))
        }

        mutating func hear(_ samples: [Float]) async {
            let block = AudioBlock(start: time, samples: samples)
            time = block.end
            await engine.push(block, to: name)
            await engine.drain(session: name)
        }

        func audioTokens() async throws -> Int { try #require(await engine.status(session: name)).counters.audioTokens }

        /// Turns in the order in which they ended.
        var ended: [String] { sink.all.compactMap { if case .turnComplete = $0.event { $0.turn } else { nil } } }

        func waitForTurn(_ count: Int = 1) async throws -> String {
            try await sink.waitFor { _ in ended.count >= count ? ended[count - 1] : nil }
        }
    }

    @Test func whatIsSpokenBetweenStartAndEndIsOneTurnOfTheClient() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        var session = try await Session(engine) { $0.isManual = true }
        await session.hear(sound(1))
        #expect(try await session.audioTokens() == 0)
        try await engine.beginActivity(of: session.client)
        await session.hear(sound(0.8) + sound(0.6, loud: false))
        await session.hear(sound(0.6))
        // Two seconds, the pause too.
        try await engine.endActivity(of: session.client)
        #expect(try await session.audioTokens() == 50)
        let turn = try await session.waitForTurn()
        let end = try #require(session.sink.end(of: turn))
        #expect(end.reason == .maximumTokens && end.usage?.responseTokens == 8)
        // A token stands for the 40 ms before it.
        #expect(end.evidence?.audio.count == 1 && end.evidence?.audio.first?.to == .seconds(3))
        #expect(try #require(end.evidence?.audio.first).from - .seconds(1) <= .milliseconds(50))
        #expect(session.sink.all.filter { $0.turn == turn }.allSatisfy { $0.owner == session.client && $0.source == nil })
        // Its words are what is asked, so they come first.
        let words = try #require(session.sink.transcripts.first?.text)
        let (heard, said) = (
            session.sink.all.firstIndex { if case .inputTranscription = $0.event { true } else { false } },
            session.sink.all.firstIndex { $0.turn == turn }
        )
        #expect(try #require(heard) < (try #require(said)) && session.sink.transcripts.count == 1)
        let usage = try #require(end.usage)
        let asked = try TinyModel.prompted.get().tokenizer.encodePlain(words).count
        #expect(usage.promptTokens - (usage.cachedTokens ?? 0) >= asked)
        let activity = session.sink.all.compactMap { if case .voiceActivity(let activity) = $0.event { activity } else { nil } }
        #expect(activity == [VoiceActivity(.start, offset: .seconds(1)), VoiceActivity(.end, offset: .seconds(3))])
        // Outside of it nothing is heard again.
        await session.hear(sound(1))
        #expect(try await session.audioTokens() == 50)
        let asks = await engine.statistics.asks
        #expect(asks[.question] == 1 && asks[.transcript] == 1 && asks[.spoken] == nil)
    }

    /// A model that was not trained to transcribe first is asked about the sound itself.
    @Test func aModelThatHearsForItselfAnswersTheSound() async throws {
        let engine = try TinyModel.engine(options())
        var session = try await Session(engine, topics: [.turn]) { $0.isManual = true }
        try await engine.beginActivity(of: session.client)
        await session.hear(sound(1))
        try await engine.endActivity(of: session.client)
        let turn = try await session.waitForTurn()
        #expect(session.sink.end(of: turn)?.usage?.responseTokens == 8)
        #expect(await engine.statistics.asks[.transcript] == nil)
    }

    @Test func whatWasWrittenBeforeBelongsToTheTurn() async throws {
        let engine = try TinyModel.engine(options())
        var session = try await Session(engine, topics: [.turn]) { $0.isManual = true }
        try await engine.append([.text("answer in one word:")], from: session.client)
        try await engine.beginActivity(of: session.client)
        await session.hear(sound(1))
        try await engine.endActivity(of: session.client)
        let usage = try #require(session.sink.end(of: try await session.waitForTurn())?.usage)
        let model = try TinyModel.shared.get()
        #expect(usage.promptTokens - (usage.cachedTokens ?? 0) >= model.tokenizer.encodePlain("answer in one word:").count)
        await #expect(throws: StatusError.self) { try await engine.ask([], from: session.client, re: nil, sink: session.sink) }
    }

    @Test func anActivityWithoutSoundIsAnEmptyTurn() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let session = try await Session(engine) { $0.isManual = true }
        try await engine.beginActivity(of: session.client)
        try await engine.endActivity(of: session.client)
        let turn = try await session.waitForTurn()
        #expect(session.sink.text(of: turn).isEmpty && session.sink.end(of: turn)?.reason == nil)
        #expect(await engine.statistics.asks[.question] == nil)
    }

    @Test func whatIsNotAskedForIsRefusedByName() async throws {
        let engine = try TinyModel.engine(options())
        let listening = try await Session(engine) { _ in }
        #expect(await reason { try await engine.beginActivity(of: listening.client) } == "NO_MANUAL_ACTIVITY")
        #expect(await reason { try await engine.endActivity(of: listening.client) } == "NO_MANUAL_ACTIVITY")
        let manual = try await Session(engine) { $0.isManual = true }
        #expect(await reason { try await engine.endActivity(of: manual.client) } == "NO_ACTIVITY")
        try await engine.beginActivity(of: manual.client)
        try await engine.beginActivity(of: manual.client)
        try await engine.endActivity(of: manual.client)
        #expect(await reason { try await engine.endActivity(of: manual.client) } == "NO_ACTIVITY")
    }

    @Test func anActivityInterruptsTheAnswerUnderWay() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4_000))
        let session = try await Session(engine) { $0.isManual = true }
        let turn = try await engine.ask([.text("a story")], from: session.client, re: nil, sink: session.sink)
        try await engine.beginActivity(of: session.client)
        #expect(session.sink.end(of: turn)?.reason == .interrupted)
        await engine.stop()
    }

    @Test func withoutInterruptionTheTurnIsAnsweredAfterwards() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4_000))
        var session = try await Session(engine) {
            $0.isManual = true; $0.activityHandling = .noInterruption
        }
        let first = try await engine.ask([.text("a story")], from: session.client, re: nil, sink: session.sink)
        // Twice: who speaks on before he is answered is answered once.
        for _ in 0..<2 {
            try await engine.beginActivity(of: session.client)
            await session.hear(sound(0.8))
            try await engine.endActivity(of: session.client)
        }
        _ = try await session.sink.waitFor { $0.transcripts.count == 2 ? true : nil }
        #expect(session.sink.end(of: first) == nil)
        #expect(await engine.statistics.asks[.question] == 1)
        _ = await engine.cancel(turn: first, from: session.client)
        #expect(session.sink.end(of: first)?.reason == .cancelled)
        #expect(await engine.statistics.asks[.question] == 2)
        let second = try await session.sink.waitFor { sink in sink.all.last { $0.turn != nil && $0.turn != first }?.turn }
        _ = try await session.sink.waitFor { $0.text(of: second).isEmpty ? nil : true }
        await engine.stop()
    }

    @Test(arguments: [nil, ActivityHandling.interrupts, .noInterruption])
    func detectedSpeechInterruptsUnlessItShallNot(handling: ActivityHandling?) async throws {
        var options = options(answer: 4_000)
        options.answersSpeech = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        var session = try await Session(engine) { $0.activityHandling = handling }
        let typed = try await engine.ask([.text("a story")], from: session.client, re: nil, sink: session.sink)
        await session.hear(sound(0.4, loud: false) + sound(0.8))
        #expect(session.sink.end(of: typed)?.reason == (handling == .noInterruption ? nil : .interrupted))
        guard handling == .noInterruption else { return await engine.stop() }
        await session.hear(sound(0.9, loud: false))
        // Its words wait; no turn was promised for them.
        _ = try await session.sink.waitFor { $0.transcripts.first }
        #expect(session.sink.transcripts.first?.turn == nil && session.sink.end(of: typed) == nil)
        _ = await engine.cancel(turn: typed, from: session.client)
        #expect(await engine.statistics.asks[.spoken] == 1)
        await engine.stop()
    }

    /// Another client's session, and the main one, are not disturbed.
    @Test func speechInterruptsItsOwnSessionOnly() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4_000))
        let (other, otherSink) = try await engine.join(2_000_000)
        let turn = try await engine.ask([.text("a story")], from: other, re: nil, sink: otherSink)
        let session = try await Session(engine) { $0.isManual = true }
        try await engine.beginActivity(of: session.client)
        #expect(otherSink.end(of: turn) == nil)
        await engine.stop()
    }

    @Test func allInputTakesInSilenceToo() async throws {
        let engine = try TinyModel.engine(options())
        var detecting = try await Session(engine, topics: [.turn]) { $0.turnCoverage = .allInput }
        await detecting.hear(sound(2, loud: false))
        await detecting.hear(sound(0.8) + sound(1, loud: false))
        let heard = try await detecting.audioTokens()
        #expect(heard > 60, "\(heard)")
        var manual = try await Session(engine, topics: [.turn]) {
            $0.isManual = true; $0.turnCoverage = .allInput
        }
        await manual.hear(sound(1, loud: false))
        try await engine.beginActivity(of: manual.client)
        await manual.hear(sound(1))
        try await engine.endActivity(of: manual.client)
        #expect(try await manual.audioTokens() == 50)
        let end = try #require(manual.sink.end(of: try await manual.waitForTurn()))
        #expect(try #require(end.evidence?.audio.first).from <= .milliseconds(50) && end.evidence?.audio.first?.to == .seconds(2))
    }

    @Test func theEndOfTheSoundIsNotTheEndOfTheActivity() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        var session = try await Session(engine) { $0.isManual = true }
        try await engine.beginActivity(of: session.client)
        await session.hear(sound(0.8))
        await engine.endSound(session: session.name)
        await engine.drain(session: session.name)
        await session.hear(sound(0.8))
        #expect(session.ended.isEmpty)
        try await engine.endActivity(of: session.client)
        _ = try await session.waitForTurn()
        #expect(await engine.statistics.asks[.question] == 1)
        #expect(await engine.statistics.asks[.transcript] == 2)
    }
}

/// What a spoken turn comes to.
@Suite struct SpokenTurnTests {
    @Test func itIsReadyWhenItIsOverAndAllOfItIsKnown() {
        var turn = SpokenTurn()
        #expect(!turn.isReady)
        turn.open()
        let first = turn.add(.pending).number
        turn.close()
        #expect(!turn.isReady)
        turn.open()
        turn.set(.words("one"), of: first)
        #expect(!turn.isReady)
        _ = turn.add(.words("two"))
        turn.close()
        #expect(turn.isReady)
        #expect(turn.take() == .words("one two"))
        #expect(!turn.isReady)
        turn.set(.words("late"), of: first)
        turn.close()
        #expect(turn.take() == .nothing)
    }

    @Test func withoutWordsTheSoundIsAnsweredIfNobodyWasAskedWhatItIs() {
        var turn = SpokenTurn()
        _ = turn.add(.nothing)
        _ = turn.add(.unheard)
        turn.close()
        #expect(turn.take() == .sound)
        _ = turn.add(.nothing)
        turn.close()
        #expect(turn.take() == .nothing)
    }

    @Test func itIsBounded() {
        var turn = SpokenTurn()
        for number in 1...SpokenTurn.maximumClips { #expect(!turn.add(.words("\(number)")).isLosing) }
        #expect(turn.add(.words("last")).isLosing)
        turn.close()
        guard case .words(let words) = turn.take() else {
            Issue.record("no words")
            return
        }
        #expect(words.hasPrefix("2 3 ") && words.hasSuffix(" last"))
        // Silence that is taken in is nothing to lose.
        for _ in 0...2 * SpokenTurn.maximumClips { #expect(!turn.add(.unheard).isLosing) }
    }
}
