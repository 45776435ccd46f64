import AgentProtocol
import Checkpoint
import Interleaver
import Media
import Session
import Testing

/// What the stream takes in, keeps and drops.
@Suite struct EngineStreamTests {
    private func options(answer tokens: Int = 8) -> StreamOptions { .tiny(answer: tokens) }

    @Test func unchangedFramesAndSilenceAddNoRows() async throws {
        let engine = try TinyModel.engine(options())
        let (_, _) = try await engine.join(1)
        await engine.push(VideoFrame(time: .zero, image: picture(1, noise: 2), sequence: 0))
        await engine.drain()
        let before = try #require(await engine.status())
        for index in 1..<20 {
            await engine.push(VideoFrame(time: MediaTime(seconds: Double(index)), image: picture(1, noise: 2), sequence: index))
            await engine.push(AudioBlock(start: MediaTime(seconds: Double(index)), samples: sound(1, loud: false)))
            await engine.drain()
        }
        let after = try #require(await engine.status())
        #expect(after.cachedRows == before.cachedRows)
        #expect(after.counters.unchangedFrames == 19)
        #expect(after.counters.audioTokens == 0)
    }

    @Test func aChangedFrameAddsItsRowsAndIsReported() async throws {
        let engine = try TinyModel.engine(options())
        let (_, sink) = try await engine.join(1)
        for seed in 1...3 {
            await engine.push(VideoFrame(time: MediaTime(seconds: Double(seed)), image: picture(seed), sequence: seed))
            await engine.drain()
        }
        let status = try #require(await engine.status())
        #expect(status.counters.encodedFrames == 3)
        let observations = sink.all.filter { if case .observation = $0.event { true } else { false } }
        #expect(observations.count == 3)
        #expect(observations.map(\.sequence) == [1, 2, 3])
    }

    @Test func anyDivisionOfTheSoundGivesTheSameStream() async throws {
        let samples = sound(0.4, loud: false) + sound(1.1) + sound(1.5, loud: false)
        var reference: (rows: Int, answer: String)?
        for block in [160, 1_000, 1_601, samples.count] {
            let engine = try TinyModel.engine(options())
            let (client, sink) = try await engine.join(1)
            for start in stride(from: 0, to: samples.count, by: block) {
                let part = Array(samples[start..<min(start + block, samples.count)])
                await engine.push(AudioBlock(start: MediaTime(index: start, rate: 16_000), samples: part))
                await engine.drain()
            }
            let status = try #require(await engine.status())
            #expect(status.counters.audioTokens >= 27)
            let turn = try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink)
            _ = try await sink.waitForEnd(of: turn)
            let result = (rows: status.cachedRows, answer: sink.text(of: turn))
            if let reference {
                #expect(result.rows == reference.rows, "blocks of \(block)")
                #expect(result.answer == reference.answer, "blocks of \(block)")
            } else {
                reference = result
            }
        }
    }

    @Test func memoryStaysFlatOverALongStream() async throws {
        var options = options()
        options.eviction = EvictionPolicy(totalRows: 200, videoRows: 100, audioRows: 100, textRows: 50)
        let engine = try TinyModel.engine(options)
        _ = try await engine.join(1)
        var most = 0
        var bytes: [Int] = []
        for second in 0..<300 {
            let time = MediaTime(seconds: Double(second))
            await engine.push(VideoFrame(time: time, image: picture(second % 7), sequence: second))
            await engine.push(AudioBlock(start: time, samples: second % 5 < 2 ? sound(1) : sound(1, loud: false)))
            await engine.drain()
            let status = try #require(await engine.status())
            most = max(most, status.cachedRows)
            if second >= 100 { bytes.append(status.cacheBytes) }
        }
        let status = try #require(await engine.status())
        #expect(status.counters.evictedRows > 1_000)
        // One open block of sound (a second longer than a push) may stand above the budget.
        #expect(most <= status.rowBudget + 60)
        let spread = try #require(bytes.max()) - (try #require(bytes.min()))
        #expect(spread <= (bytes.max() ?? 0) / 2)
    }

    @Test func muteForgetsTheModalityOnly() async throws {
        let engine = try TinyModel.engine(options())
        _ = try await engine.join(1)
        let empty = try #require(await engine.status()).cachedRows
        await engine.push(VideoFrame(time: .zero, image: picture(1), sequence: 0))
        await engine.drain()
        let seen = try #require(await engine.status()).cachedRows
        await engine.push(AudioBlock(start: MediaTime(seconds: 1), samples: sound(0.5, loud: false) + sound(1) + sound(2, loud: false)))
        await engine.drain()
        #expect(try #require(await engine.status()).cachedRows > seen)
        await engine.setMuted(true, .audio)
        await engine.push(AudioBlock(start: MediaTime(seconds: 5), samples: sound(0.5, loud: false) + sound(1)))
        await engine.drain()
        // The frame is left, and " 00:00 (microphone off)".
        let model = try TinyModel.shared.get()
        let microphoneOff = model.tokenizer.encodePlain(" 00:00 (microphone off)").count
        #expect(try #require(await engine.status()).cachedRows == seen + microphoneOff)
        #expect(await engine.latestFrame() != nil)
        await engine.setMuted(true, .video)
        let cameraOff = model.tokenizer.encodePlain(" 00:00 (camera off)").count
        #expect(try #require(await engine.status()).cachedRows == empty + microphoneOff + cameraOff)
        #expect(await engine.latestFrame() == nil)
    }

    @Test func overloadDropsFramesBeforeSoundAndSaysSo() async throws {
        let engine = try TinyModel.engine(options())
        let (_, sink) = try await engine.join(1)
        await engine.setDelivering(true, .audio)
        for second in 0..<40 {
            let time = MediaTime(seconds: Double(second))
            for part in 0..<4 {
                await engine.push(VideoFrame(time: time.adding(seconds: Double(part) / 4), image: picture(second * 4 + part), sequence: 0))
            }
            await engine.push(AudioBlock(start: time, samples: sound(1)))
            // The clock runs five seconds ahead of what is taken in.
            await engine.drain(now: time.adding(seconds: 5))
        }
        let status = try #require(await engine.status())
        #expect(status.level > .normal)
        #expect(status.counters.droppedFrames > 20)
        #expect(status.counters.audioSeconds > 38)
        let health = sink.all.compactMap { if case .health(let health) = $0.event { health.component } else { nil } }
        #expect(health.contains("governor"))
        #expect(health.contains("frames"))
    }
}
