import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing

/// What is said unasked.
@Suite struct WatchTests {
    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens) }

    @Test func aSentenceIsAWholeTurnForWhomItConcerns() async throws {
        let engine = try TinyModel.engine(options())
        let (_, watcher) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        let (_, follower) = try await engine.join(2, setup: proactiveSetup())
        let (_, other) = try await engine.join(3, setup: proactiveSetup("tell me when a book appears"))
        let (_, bystander) = try await engine.join(4)
        await engine.show(1)
        try await engine.waitUntilIdle()
        let turn = watcher.unsolicited
        #expect(turn.count == 3)
        #expect(Set(turn.map(\.turn)).count == 1 && turn.allSatisfy { $0.source == "camera" })
        guard case .modelTurn(let text) = turn[0].event, case .generationComplete = turn[1].event,
            case .turnComplete(let end) = turn[2].event
        else {
            Issue.record("\(turn.map(\.event))")
            return
        }
        #expect(!text.isEmpty)
        #expect(end.evidence?.frames.count == 1)
        #expect(Set(other.unsolicited.map(\.turn)).isDisjoint(with: turn.map(\.turn)))
        #expect(other.unsolicited.count == 3)
        #expect(follower.unsolicited.count == 6)
        #expect(bystander.unsolicited.isEmpty)
        #expect(try #require(await engine.status()).runningAsks == 0)
    }

    @Test func unchangedFramesWakeNobody() async throws {
        let engine = try TinyModel.engine(options())
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        await engine.show(1, at: 0)
        try await engine.waitUntilIdle()
        for second in 1..<5 { await engine.show(1, at: Double(second)) }
        #expect(try #require(await engine.status()).runningAsks == 0)
        #expect(sink.unsolicited.count == 3)
    }

    @Test func aWatchNeverQueuesAndEndsWithItsClient() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (client, _) = try await engine.join(1, setup: proactiveSetup("tell me a story", answer: 4_000))
        for seed in 1...6 {
            await engine.show(seed)
            #expect(try #require(await engine.status()).runningAsks == 1)
        }
        await engine.disconnect(client)
        #expect(await engine.status()?.runningAsks == 0)
        await engine.show(7)
        #expect(await engine.status()?.runningAsks == 0)
    }

    @Test func aWatchWaitsUntilClientsAreAnswered() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (client, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears", answer: 4_000))
        let (short, shortSink) = try await engine.join(2, setup: proactiveSetup("tell me when a book appears"))
        let turn = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.show(1)
        try await Task.sleep(for: .milliseconds(100))
        #expect(shortSink.unsolicited.isEmpty)
        #expect(sink.end(of: turn) == nil)
        _ = await engine.cancel(turn: turn, from: client)
        _ = try await shortSink.waitFor { $0.unsolicited.count >= 3 ? true : nil }
        // Its client's cancel and questions leave it alone.
        #expect(await engine.cancel(turn: nil, from: client).turn == nil)
        await engine.disconnect(short)
        await engine.disconnect(client)
    }

    @Test func aNamedSoundWakesWatchesToo() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when someone knocks"))
        await engine.heard("(noise)", from: 0, to: 1, in: AgentEngine.mainSession)
        #expect(try #require(await engine.status()).runningAsks == 0)
        await engine.heard("(knock)", from: 0, to: 1, in: AgentEngine.mainSession)
        try await engine.waitUntilIdle()
        #expect(sink.unsolicited.map(\.source) == ["mic", "mic", "mic"])
    }

    @Test func wordsWakeWatches() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when someone says stop"))
        await engine.heard("stop", from: 0, to: 1, in: AgentEngine.mainSession)
        try await engine.waitUntilIdle()
        #expect(sink.unsolicited.map(\.source) == ["mic", "mic", "mic"])
    }

    /// Each event once, on the stream as it was: a frame that comes while a sound is being transcribed is not asked about again
    /// for the sound.
    @Test func aSoundIsAskedAboutAsItWasWhenItEnded() async throws {
        var options = options()
        options.transcribes = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when someone knocks"))
        await engine.push(AudioBlock(start: .zero, samples: sound(0.4, loud: false) + sound(0.8) + sound(0.9, loud: false)))
        // The sound ends in one of these steps, and the frame comes before anything of the transcript.
        while await engine.step(now: nil) {}
        await engine.push(VideoFrame(time: MediaTime(seconds: 3), image: picture(1), sequence: 0))
        while await engine.step(now: nil) {}
        try await engine.waitUntilIdle()
        let ends = sink.unsolicited.compactMap { message -> (String?, Evidence?)? in
            if case .turnComplete(let end) = message.event { (message.source, end.evidence) } else { nil }
        }
        #expect(ends.map(\.0).sorted { $0 ?? "" < $1 ?? "" } == ["camera", "mic"])
        for (source, evidence) in ends { #expect(evidence?.frames.count == (source == "mic" ? 0 : 1)) }
    }

    @Test func whatWasForgottenMeanwhileIsNotAskedAbout() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (client, sink) = try await engine.join(1)
        let (_, watcher) = try await engine.join(2, setup: proactiveSetup("tell me when someone knocks", answer: 4))
        let turn = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.show(1)
        await engine.setMuted(true, .video)
        await engine.heard("(knock)", from: 0, to: 1, in: AgentEngine.mainSession)
        _ = await engine.cancel(turn: turn, from: client)
        try await engine.waitUntilIdle()
        for message in watcher.unsolicited {
            if case .turnComplete(let end) = message.event { #expect(end.evidence?.frames.isEmpty == true) }
        }
        #expect(watcher.unsolicited.count == 3)
    }

    @Test func mutingDropsWhatRestsOnTheForgotten() async throws {
        var options = options(answer: 4_000)
        options.notices = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me a story", answer: 4_000))
        let (asker, askerSink) = try await engine.join(2)
        // While a question is answered, watch and notice wait.
        let turn = try await engine.ask([.text("a story")], from: asker, re: nil, sink: askerSink)
        await engine.show(1)
        #expect(try #require(await engine.status()).runningAsks == 3)
        await engine.setMuted(true, .video)
        #expect(try #require(await engine.status()).runningAsks == 1)
        _ = await engine.cancel(turn: turn, from: asker)
        #expect(sink.unsolicited.isEmpty && sink.observations.isEmpty)
        await engine.setMuted(false, .video)
        await engine.show(2)
        #expect(try #require(await engine.status()).runningAsks >= 1)
        await engine.stop()
    }

    @Test func aNoticeIsTheModelsOwnSentence() async throws {
        var options = options()
        options.notices = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1)
        await engine.show(3)
        let observation = try await sink.waitFor { $0.observations.first }
        #expect(observation.text != "the picture changed")
        #expect(observation.source == "camera" && observation.time == .zero && observation.score == 1)
        #expect(sink.unsolicited.isEmpty)
    }

    @Test func limitsAreAnnounced() async throws {
        var limits = EngineLimits()
        limits.watches = 1
        let engine = try TinyModel.engine(TinyModel.shared, options(), limits: limits)
        _ = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        await #expect(throws: StatusError.self) { _ = try await engine.join(2, setup: proactiveSetup("and a book")) }
        _ = try await engine.join(3, setup: proactiveSetup())
        await engine.disconnect(ClientContext.ID(1))
        _ = try await engine.join(4, setup: proactiveSetup("and a book"))
        await engine.disconnect(ClientContext.ID(4))
        var observer = proactiveSetup("and a pen")
        observer.role = .observer
        await #expect(throws: StatusError.self) { _ = try await engine.join(5, setup: observer) }
    }

    @Test func aPrivateSessionIsWatchedToo() async throws {
        let engine = try TinyModel.engine(options())
        let (client, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears", attach: nil))
        let (plain, _) = try await engine.join(2, setup: Setup())
        let session = try #require(await engine.session(of: client))
        let plainSession = try #require(await engine.session(of: plain))
        // The instruction is asked; the system prompt stays the model's own.
        let system = try #require(await engine.status(session: plainSession)).cachedRows
        #expect(try #require(await engine.status(session: session)).cachedRows == system)
        await engine.show(1, session: session)
        _ = try await sink.waitFor { $0.unsolicited.count == 3 ? true : nil }
        await engine.show(2)
        try await engine.waitUntilIdle()
        #expect(sink.unsolicited.count == 3)
    }

    @Test func theModelIsToldWhatIsSwitchedOff() async throws {
        let engine = try TinyModel.engine(options())
        let (_, _) = try await engine.join(1)
        let model = try TinyModel.shared.get()
        func rows(_ text: String) -> Int { model.tokenizer.encodePlain(text).count }
        let empty = try #require(await engine.status()).cachedRows
        await engine.setMuted(true, .video, at: MediaTime(seconds: 100))
        #expect(try #require(await engine.status()).cachedRows == empty + rows("00:00 (camera off)"))
        // Muted already: nothing to tell.
        await engine.setMuted(true, .video, at: MediaTime(seconds: 101))
        await engine.setMuted(false, .video, at: MediaTime(seconds: 165))
        let both = empty + rows("00:00 (camera off)") + rows(" 01:05 (camera on)")
        #expect(try #require(await engine.status()).cachedRows == both)
        await engine.setMuted(false, .video, at: MediaTime(seconds: 166))
        #expect(try #require(await engine.status()).cachedRows == both)
    }

    @Test func whatIsSwitchedOffOutlastsTheBudget() async throws {
        var options = options()
        options.eviction = EvictionPolicy(totalRows: 150, videoRows: 100, audioRows: 150, textRows: 50)
        let engine = try TinyModel.engine(options)
        let (_, _) = try await engine.join(1)
        await engine.setMuted(true, .audio, at: .zero)
        let told = try #require(await engine.status()).cachedRows
        for second in 1..<100 { await engine.show(second) }
        let before = try #require(await engine.status())
        #expect(before.counters.evictedRows > 500)
        // All that is seen is forgotten; what is left says that the microphone is off, and now the camera.
        await engine.setMuted(true, .video, at: MediaTime(seconds: 100))
        let after = try #require(await engine.status()).cachedRows
        let model = try TinyModel.shared.get()
        #expect(after >= told + model.tokenizer.encodePlain(" 01:40 (camera off)").count)
    }
}
