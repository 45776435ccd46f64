import Capture
import Foundation
import Media
import Testing

@Suite struct SampleClockTests {
    /// A crystal 80 ppm off with 2 ms of jitter in its stamps: after a while times are right to a fraction of the jitter, and
    /// the drift is known.
    @Test(arguments: [-80e-6, 0, 80e-6])
    func driftIsFollowedAndJitterSmoothed(drift: Double) {
        var clock = SampleClock(rate: 48_000)
        var generator = SplitMix(seed: 5)
        let period = (1 + drift) / 48_000
        var worst = 0.0
        let blocks = 6_000  // 2 minutes of 20 ms
        for block in 0..<blocks {
            let index = block * 960
            let truth = 100 + Double(index) * period
            let jitter = Double.random(in: -0.002...0.002, using: &generator)
            clock.anchor(index: index, time: MediaTime(seconds: truth + jitter))
            if block > blocks / 2 { worst = max(worst, abs(clock.time(at: Double(index)).seconds - truth)) }
        }
        #expect(worst < 0.0005, "\(worst) s")
        #expect(abs(clock.drift - drift) < 30e-6, "\(clock.drift)")
    }

    /// A flash and a click at the same moment, at the start and after an hour in which the microphone's crystal alone would have
    /// carried them 288 ms apart: the click's media time is that of the flash, whose frame has the true time.
    @Test(arguments: [-80e-6, 80e-6])
    func aClickStaysWithItsFlashForAnHour(drift: Double) throws {
        let rate = AudioBlock.sampleRate
        let chunk = rate / 10
        var assembler = AudioAssembler()
        assembler.opened(rate: rate)
        var generator = SplitMix(seed: 11)
        var samples = [Float](repeating: 0, count: chunk)
        let clicks = [30, 1800, 3599].map { $0 * rate + 123 }
        var worst = 0.0
        var heard = 0
        for begin in stride(from: 0, to: 3600 * rate, by: chunk) {
            let jitter = Double.random(in: -0.002...0.002, using: &generator)
            assembler.time(MediaTime(seconds: 50 + Double(begin) * (1 + drift) / Double(rate) + jitter))
            for click in clicks where (begin..<begin + chunk).contains(click) { samples[click - begin] = 1 }
            samples.withUnsafeBufferPointer { assembler.samples($0) }
            samples = [Float](repeating: 0, count: chunk)
            for case .block(let block) in assembler.take(maximumSamples: .max) {
                for (index, sample) in block.samples.enumerated() where sample > 0.5 {
                    let flash = 50 + Double(clicks[heard]) * (1 + drift) / Double(rate)
                    worst = max(worst, abs(block.start.seconds + Double(index) / Double(rate) - flash))
                    heard += 1
                }
            }
        }
        #expect(heard == 3)
        #expect(worst < 0.002, "\(worst) s apart")
        #expect(abs(assembler.drift - drift) < 50e-6)
    }

    @Test func oneWildStampIsIgnoredAndAJumpIsFollowed() {
        var clock = SampleClock(rate: 16_000)
        var early = 0.0
        for block in 0..<100 { early += clock.anchor(index: block * 320, time: MediaTime(index: block * 320, rate: 16_000)) }
        early += clock.anchor(index: 32_000, time: MediaTime(seconds: 500))
        #expect(early == 0)
        #expect(abs(clock.time(at: 32_000).seconds - 2) < 1e-6)
        // From here on the stamps are 0.7 s later: sound is missing.
        var jump = 0.0
        for block in 101..<110 {
            jump += clock.anchor(index: block * 320, time: MediaTime(index: block * 320 + 11_200, rate: 16_000))
        }
        #expect(abs(jump - 0.7) < 1e-3)
        #expect(abs(clock.time(at: 110 * 320).seconds - 2.9) < 1e-3)
    }

    @Test func twoStampsForOneSampleAreHarmless() {
        var clock = SampleClock(rate: 16_000)
        clock.anchor(index: 0, time: .zero)
        clock.anchor(index: 0, time: MediaTime(seconds: 0.01))
        #expect(clock.time(at: 16_000) == MediaTime(seconds: 1))
    }
}
