import AgentProtocol
import Checkpoint
import Interleaver
import Media
import Session
import Testing

/// What a stream keeps of frames and sounds.
@Suite struct BudgetTests {
    private func options(_ policy: EvictionPolicy?) -> StreamOptions {
        var options = StreamOptions()
        options.maximumAnswerTokens = 4
        options.softTokens = 4
        options.eviction = policy
        return options
    }

    /// What an answer given now would rest on.
    private func evidence(_ engine: AgentEngine, _ client: ClientContext.ID, _ sink: RecordingSink) async throws -> Evidence {
        let turn = try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink)
        return try #require(try await sink.waitForEnd(of: turn).evidence)
    }

    /// Syllables from `start` on, in blocks of 0.1 s; every half second a new frame falls into them.
    private func speak(_ seconds: Double, from start: Double, to engine: AgentEngine, frames: Bool = true) async {
        var samples: [Float] = []
        while samples.count < Int(seconds * 16_000) { samples += sound(0.35) + sound(0.15, loud: false) }
        samples += sound(1, loud: false)
        for (index, at) in stride(from: 0, to: samples.count, by: 1_600).enumerated() {
            let time = MediaTime(seconds: start + Double(index) / 10)
            if frames, index % 5 == 2 {
                await engine.push(VideoFrame(time: time, image: picture(Int(start * 10) + index), sequence: index))
            }
            await engine.push(AudioBlock(start: time, samples: Array(samples[at..<min(at + 1_600, samples.count)])))
            await engine.drain()
        }
    }

    @Test func theModelsOwnStreamIsTheDefault() async throws {
        let engine = try TinyModel.engine(options(nil))
        _ = try await engine.join(1)
        let status = try #require(await engine.status())
        let made = try TinyModel.shared.get().configuration.stream
        #expect(status.rowBudget == made.rows + status.cachedRows)
    }

    @Test func aSoundIsForgottenWholeAlsoWhenFramesFellIntoIt() async throws {
        let engine = try TinyModel.engine(options(EvictionPolicy(totalRows: 400, videoRows: 100, audioRows: 180, textRows: 50)))
        let (client, sink) = try await engine.join(1)
        await speak(2, from: 0, to: engine)
        let first = try await evidence(engine, client, sink)
        #expect(first.audio.count == 1)
        // From its beginning to its end, though four frames cut it in five.
        let length = first.audio[0].to - first.audio[0].from
        #expect(length > .seconds(1.8) && length < .seconds(3))
        await speak(2, from: 5, to: engine)
        #expect(try await evidence(engine, client, sink).audio.count == 2)
        // The third does not fit beside both, so the first is gone, all of it.
        await speak(2, from: 10, to: engine)
        let last = try await evidence(engine, client, sink)
        #expect(last.audio.count == 2 && last.audio[0].from > .seconds(4.5))
        #expect(try #require(await engine.status()).rows[.audio] ?? 0 > 120)
    }

    @Test func theNewestSoundOutlastsAnyNumberOfFrames() async throws {
        let engine = try TinyModel.engine(options(EvictionPolicy(totalRows: 160, videoRows: 100, audioRows: 100, textRows: 50)))
        let (client, sink) = try await engine.join(1)
        await speak(1, from: 0, to: engine, frames: false)
        for seed in 100..<160 { await engine.show(seed) }
        let kept = try await evidence(engine, client, sink)
        #expect(kept.audio.count == 1 && kept.frames.count >= 2)
        // And the newest frame any number of sounds.
        for index in 0..<8 { await speak(1, from: 200 + 3 * Double(index), to: engine, frames: false) }
        let after = try await evidence(engine, client, sink)
        #expect(after.frames.count >= 1 && after.frames.last?.time == kept.frames.last?.time)
    }

    @Test func framesAndSoundsAreCounted() async throws {
        let engine = try TinyModel.engine(
            options(EvictionPolicy(totalRows: 900, videoRows: 900, audioRows: 900, textRows: 50, frames: 3, sounds: 2)))
        let (client, sink) = try await engine.join(1)
        for index in 0..<4 { await speak(0.5, from: 3 * Double(index), to: engine, frames: false) }
        for seed in 20..<30 { await engine.show(seed) }
        let kept = try await evidence(engine, client, sink)
        #expect(kept.frames.count == 3 && kept.audio.count == 2)
    }

    @Test func howFarTheSystemPromptMayStand() throws {
        var model = try TinyModel.stamped.get().configuration
        #expect(model.reach == nil)
        model.extras?.stream?.hasFarPrefix = false
        #expect(model.reach == 2 * 2048)
        model.extras = nil
        model.text.maximumPositions = 131_072
        #expect(model.reach == 98_304)
        model.text.maximumPositions = 4_096
        #expect(model.reach == 4_096)
    }

    /// A checkpoint from elsewhere knows its system prompt near by: half of its context of 4096 are the stream's.
    @Test func theSystemPromptStaysWithinTheContext() async throws {
        let engine = try TinyModel.engine(options(EvictionPolicy(totalRows: 300, videoRows: 200, audioRows: 100, textRows: 50)))
        let (client, sink) = try await engine.join(1)
        await engine.setMuted(true, .audio, at: .zero)
        var spans: [Int] = []
        for seed in 1..<2_000 {
            await engine.show(seed)
            let status = try #require(await engine.status())
            spans.append(status.span)
            if status.counters.rows[.video] ?? 0 > 6_000 { break }
        }
        #expect(try #require(spans.max()) <= 4_096 + 30 && (try #require(spans.max())) > 4_000)
        // It moved up: some time after the longest distance came a short one.
        #expect(spans.drop { $0 < 4_000 }.contains { $0 < 400 })
        let kept = try await evidence(engine, client, sink)
        #expect(kept.frames.count > 5)
        // The note that the microphone is off outlasts it.
        #expect(try #require(await engine.status()).rows[.text] ?? 0 > 5)
    }

    /// A model that was trained for it needs nothing of that.
    @Test func aFarSystemPromptStaysWhereItIs() async throws {
        let engine = try TinyModel.engine(
            TinyModel.stamped, options(EvictionPolicy(totalRows: 300, videoRows: 200, audioRows: 100, textRows: 50)))
        _ = try await engine.join(1)
        var seed = 0
        while try #require(await engine.status()).counters.rows[.video] ?? 0 < 5_000, seed < 2_000 {
            seed += 1
            await engine.show(seed)
        }
        #expect(try #require(await engine.status()).span > 5_000)
    }

    /// A picture that holds still, and sounds for longer than the context reaches.
    @Test func theNewestFrameIsToldAgainWhenItIsTooFarBack() async throws {
        let engine = try TinyModel.engine(options(EvictionPolicy(totalRows: 300, videoRows: 200, audioRows: 100, textRows: 50)))
        let (client, sink) = try await engine.join(1)
        await engine.show(1, at: 0)
        let before = try #require(await engine.status())
        for index in 0..<120 { await speak(1, from: 2 + 3 * Double(index), to: engine, frames: false) }
        let after = try #require(await engine.status())
        #expect(after.counters.rows[.audio] ?? 0 > 4_200 && after.span < 4_200)
        #expect(after.rows[.video] ?? 0 >= before.rows[.video] ?? 0)
        #expect(try await evidence(engine, client, sink).frames.count == 1)
    }

    /// A minute of talk, with frames in it.
    @Test func aSoundLongerThanItsBudgetIsHeardByClipsThatFit() async throws {
        var options = options(EvictionPolicy(totalRows: 200, videoRows: 60, audioRows: 130, textRows: 50))
        options.transcribes = true
        let engine = try TinyModel.engine(TinyModel.prompted, options)
        let (_, sink) = try await engine.join(1)
        var most = 0
        for part in 0..<6 {
            await speak(10, from: 12 * Double(part), to: engine)
            most = max(most, try #require(await engine.status()).rows[.audio] ?? 0)
        }
        try await engine.waitUntilIdle()
        #expect(most <= 130)
        let spans = sink.all.compactMap { if case .inputTranscription(let heard) = $0.event { (heard.start, heard.end) } else { nil } }
        #expect(spans.count >= 6)
        let lengths = try spans.map { try #require($1) - (try #require($0)) }
        #expect(lengths.allSatisfy { $0 < .seconds(130.0 / 25) } && lengths.contains { $0 > .seconds(3) })
    }
}
