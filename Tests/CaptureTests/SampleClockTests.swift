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
