import AgentProtocol
import Decoder
import Foundation
import Interleaver
import Media
import Session
import Testing

/// What was heard and what is answered to it, with a model of random weights: its words mean nothing, their way does.
@Suite struct HearingTests {
    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens, transcribes: true) }

    /// Sounds with silence between them.
    private func push(_ sounds: Int, to engine: AgentEngine) async {
        let samples = (0..<sounds).reduce(into: sound(0.4, loud: false)) { samples, _ in samples += sound(0.8) + sound(0.9, loud: false) }
        await engine.push(AudioBlock(start: .zero, samples: samples))
        await engine.drain()
    }

    @Test func everySoundIsInterpretedOnce() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let (_, sink) = try await engine.join(1)
        await push(3, to: engine)
        try await engine.waitUntilIdle()
        let transcripts = sink.all.filter { if case .inputTranscription = $0.event { true } else { false } }
        #expect(transcripts.count == 3)
        #expect(transcripts.allSatisfy { $0.source == "mic" && $0.turn == nil })
        // What the model will say is not said by the engine too.
        #expect(sink.observations.isEmpty)
    }

    @Test func aLongSoundIsInterpretedByClips() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let (_, sink) = try await engine.join(1)
        // Syllables: a sound that never changes would become part of the noise floor.
        let samples = (0..<140).reduce(into: [Float]()) { samples, _ in samples += sound(0.35) + sound(0.15, loud: false) }
        await engine.push(AudioBlock(start: .zero, samples: samples + sound(1, loud: false)))
        await engine.drain()
        try await engine.waitUntilIdle()
        let spans = sink.all.compactMap { if case .inputTranscription(let heard) = $0.event { (heard.start, heard.end) } else { nil } }
        // Three clips, of which the random model may say nothing about one.
        #expect(spans.count >= 2)
        for (from, to) in spans { #expect(try #require(to) - (try #require(from)) < .seconds(30)) }
    }

    @Test func aSilentModelPublishesNothing() async throws {
        var options = options()
        options.answersSpeech = true
        options.notices = true
        let engine = try TinyModel.engine(TinyModel.silent, options)
        let (_, sink) = try await engine.join(1, setup: proactiveSetup("tell me when a mug appears"))
        await push(2, to: engine)
        await engine.show(1, at: 10)
        await engine.heard("is there a mug", from: 0, to: 1, in: AgentEngine.mainSession)
        try await engine.waitUntilIdle()
        #expect(sink.observations.isEmpty)
        #expect(sink.transcripts.map(\.text) == ["is there a mug"])
        #expect(
            sink.all.allSatisfy {
                switch $0.event {
                case .modelTurn, .generationComplete, .turnComplete, .interrupted: false
                default: true
                }
            })
    }

    @Test func aModelWithoutAPromptOfItsOwnIsNotAskedAboutOtherSounds() async throws {
        let engine = try TinyModel.engine(options())
        let (_, sink) = try await engine.join(1)
        // Noise of one frequency is no speech.
        let tone = (0..<16_000).map { Float(0.3 * sin(2 * .pi * 3_000 * Double($0) / 16_000)) }
        await engine.push(AudioBlock(start: .zero, samples: sound(0.4, loud: false) + tone + sound(1, loud: false)))
        await engine.drain()
        try await engine.waitUntilIdle()
        #expect(sink.transcripts.isEmpty)
        #expect(sink.observations.map(\.source) == ["mic"])
    }

    @Test func nobodyListensNothingIsAsked() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        var setup = mainSetup()
        setup.subscribe = [.voiceActivity, .health]
        let (_, sink) = try await engine.join(1, setup: setup)
        await push(1, to: engine)
        #expect(try #require(await engine.status()).runningAsks == 0)
        #expect(sink.transcripts.isEmpty)
    }

    @Test func aSoundWithANameIsAnObservation() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options())
        let (_, sink) = try await engine.join(1)
        for answer in ["(knock)", "(noise)", ""] { await engine.heard(answer, from: 1.5, to: 2, in: AgentEngine.mainSession) }
        #expect(sink.observations == [Observation(text: "knock", source: "mic", time: .seconds(1.5))])
        #expect(sink.transcripts.isEmpty)
    }

    /// Speech about something else, as the model says it.
    @Test func speechThatIsNotForItIsNamedAndNeverAnswered() async throws {
        var options = options()
        options.answersSpeech = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1)
        await engine.heard("(speech)", from: 1, to: 3, in: AgentEngine.mainSession)
        try await engine.waitUntilIdle()
        #expect(sink.observations == [Observation(text: "speech", source: "mic", time: .seconds(1))])
        #expect(sink.transcripts.isEmpty && !sink.all.contains { $0.turn != nil })
    }

    @Test func whatWasSpokenIsAnsweredInATurnThatNobodyOwns() async throws {
        var options = options()
        options.answersSpeech = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (client, sink) = try await engine.join(1)
        let typed = try await engine.ask([.text("what is on the desk")], from: client, re: nil, sink: sink)
        _ = try await sink.waitForEnd(of: typed)
        await engine.heard("what is on the desk", from: 0, to: 1, in: AgentEngine.mainSession)
        let turn = try #require(sink.transcripts.first?.turn)
        let end = try await sink.waitForEnd(of: turn)
        #expect(end.usage?.responseTokens == 8)
        #expect(sink.text(of: turn) == sink.text(of: typed))
        let messages = sink.all.filter { $0.turn == turn }
        #expect(messages.allSatisfy { $0.source == "mic" && !$0.isUnsolicited })
        guard case .inputTranscription = messages.first?.event, case .generationComplete = messages.dropLast().last?.event else {
            Issue.record("\(messages.map(\.event))")
            return
        }
        #expect(await engine.cancel(turn: turn, from: client).wasRunning == false)
    }

    @Test func aNewSpokenQuestionInterruptsTheAnswerToTheOldOne() async throws {
        var options = options(answer: 4_000)
        options.answersSpeech = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (client, sink) = try await engine.join(1)
        await engine.heard("tell me a story", from: 0, to: 1, in: AgentEngine.mainSession)
        let first = try #require(sink.transcripts.first?.turn)
        _ = try await sink.waitFor { $0.text(of: first).isEmpty ? nil : true }
        // It is nobody's: a client's own question leaves it alone.
        let typed = try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink)
        #expect(sink.end(of: first) == nil)
        await engine.heard("no another one", from: 2, to: 3, in: AgentEngine.mainSession)
        #expect(sink.end(of: first)?.reason == .interrupted)
        #expect(sink.end(of: typed) == nil)
        let second = try #require(sink.transcripts.last?.turn)
        #expect(second != first)
        // What is muted is not answered any more.
        _ = try await sink.waitFor { $0.text(of: second).isEmpty ? nil : true }
        await engine.setMuted(true, .audio)
        #expect(sink.end(of: second)?.reason == .cancelled)
        await engine.stop()
    }

    @Test func aSpokenQuestionBeyondTheLimitIsAnnounced() async throws {
        var options = options(answer: 4_000)
        options.answersSpeech = true
        var limits = EngineLimits()
        limits.asks = 1
        let engine = try TinyModel.engine(TinyModel.prompted, options, limits: limits)
        let (client, sink) = try await engine.join(1)
        _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        await engine.heard("what is on the desk", from: 0, to: 1, in: AgentEngine.mainSession)
        #expect(sink.transcripts.map(\.text) == ["what is on the desk"])
        #expect(sink.transcripts.first?.turn == nil)
        #expect(sink.health.map(\.component) == ["asks"])
        // At once, then once a minute: who talks on fills nobody's queue.
        for _ in 0..<5 { await engine.heard("and now", from: 1, to: 2, in: AgentEngine.mainSession) }
        #expect(sink.health.map(\.component) == ["asks"])
        #expect(sink.health.first?.message.hasPrefix("1 spoken question was not answered: 1 questions") == true)
        await engine.stop()
    }

    @Test func soundsBeyondTheLimitAreAnnounced() async throws {
        var limits = EngineLimits()
        limits.transcripts = 0
        let engine = try TinyModel.engine(TinyModel.prompted, options(), limits: limits)
        let (_, sink) = try await engine.join(1)
        await push(1, to: engine)
        #expect(sink.health.map(\.component) == ["hearing"])
    }

    /// One session's sounds leave a place for another's: three of the four.
    @Test func aSessionLeavesAPlaceForOthersSounds() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (_, sink) = try await engine.join(1)
        await push(4, to: engine)
        #expect(try #require(await engine.status()).runningAsks == 3)
        #expect(sink.health.map(\.component) == ["hearing"])
        var setup = Setup()
        setup.subscribe = Set(Topic.allCases)
        let other = RecordingSink()
        let name = try await engine.connect(ClientContext.ID(2), setup: setup, sink: other, server: "test", features: []).sessionID
        await engine.push(AudioBlock(start: .zero, samples: sound(0.4, loud: false) + sound(0.8) + sound(0.9, loud: false)), to: name)
        await engine.drain(session: name)
        #expect(try #require(await engine.status()).runningAsks == 4)
        #expect(other.health.isEmpty)
        await engine.stop()
    }

    /// A model with prompts of its own answers in a dozen tokens; one that does not end is cut, whatever answers may have.
    @Test func aTranscriptThatDoesNotEndIsCut() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4_000))
        _ = try await engine.join(1)
        await push(1, to: engine)
        try await engine.waitUntilIdle()
        let statistics = await engine.statistics
        #expect(statistics.asks[.transcript] == 1)
        // Its tokens, and the few steps that take in what it is asked.
        #expect((statistics.steps[.answer]?.count ?? 0) <= EngineLimits.promptedTokens + 8)
    }

    @Test func aTranscriptOfMutedSoundIsDropped() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (_, sink) = try await engine.join(1)
        await push(1, to: engine)
        #expect(try #require(await engine.status()).runningAsks == 1)
        await engine.setMuted(true, .audio)
        #expect(try #require(await engine.status()).runningAsks == 0)
        try await Task.sleep(for: .milliseconds(50))
        #expect(sink.transcripts.isEmpty)
    }
}

/// What is being said, while it is said.
@Suite struct GuessTests {
    private func engine() throws -> AgentEngine {
        var options = StreamOptions()
        options.maximumAnswerTokens = 4
        options.transcribes = true
        return try TinyModel.engine(TinyModel.prompted, options)
    }

    /// Three seconds of syllables, in blocks of 0.1 s, and silence; everything asked is answered in between.
    private func speak(to engine: AgentEngine) async throws {
        let samples = (0..<6).reduce(into: sound(0.4, loud: false)) { samples, _ in samples += sound(0.35) + sound(0.15, loud: false) }
        for (index, at) in stride(from: 0, to: samples.count, by: 1_600).enumerated() {
            await engine.push(AudioBlock(start: MediaTime(seconds: Double(index) / 10), samples: Array(samples[at..<at + 1_600])))
            await engine.drain()
            try await engine.waitUntilIdle()
        }
        await engine.push(AudioBlock(start: MediaTime(seconds: Double(samples.count) / 16_000), samples: sound(1, loud: false)))
        await engine.drain()
        try await engine.waitUntilIdle()
    }

    @Test func speechIsGuessedOnceASecond() async throws {
        let engine = try engine()
        let (_, sink) = try await engine.join(1)
        try await speak(to: engine)
        let guesses = sink.all.compactMap { if case .interimInputTranscription(let guess) = $0.event { guess } else { nil } }
        let asked = try #require(await engine.statistics.asks[.guess])
        #expect((2...4).contains(asked) && guesses.count <= asked && !guesses.isEmpty)
        #expect(guesses.allSatisfy { !$0.isFinished && !$0.text.isEmpty })
        // The transcript is the last word.
        let last = sink.all.last { if case .inputTranscription = $0.event { true } else { false } }
        #expect(sink.transcripts.count == 1)
        for message in sink.all { if case .interimInputTranscription = message.event { #expect(message.sequence! < last!.sequence!) } }
    }

    @Test func whoDoesNotFollowItCostsNothing() async throws {
        let engine = try engine()
        var setup = mainSetup()
        setup.subscribe = [.transcription]
        _ = try await engine.join(1, setup: setup)
        try await speak(to: engine)
        #expect(await engine.statistics.asks[.guess] == nil)
    }
}
