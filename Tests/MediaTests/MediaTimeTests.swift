import Media
import Testing

@Suite struct MediaTimeTests {
    @Test func indexTimesAreExactForEver() {
        // 30000/1001 frames a second for a year: no drift against the exact fraction.
        let index = 945_054_945
        let time = MediaTime(index: index * 1001, rate: 30_000)
        #expect(
            time.nanoseconds == Int64(index) * 1001 / 30_000 * 1_000_000_000
                + (Int64(index) * 1001 % 30_000) * 1_000_000_000 / 30_000)
        #expect(MediaTime(index: 16_000, rate: 16_000) == MediaTime(seconds: 1))
        #expect(MediaTime(index: 0, rate: 44_100) == .zero)
    }

    @Test func arithmeticSaturatesInsteadOfTrapping() {
        let latest = MediaTime(nanoseconds: .max)
        #expect(latest + MediaTime(nanoseconds: 1) == latest)
        #expect(MediaTime(nanoseconds: .min) - MediaTime(nanoseconds: 1) == MediaTime(nanoseconds: .min))
        #expect(MediaTime(seconds: 1e300) == latest)
        #expect(MediaTime(seconds: .nan) == .zero)
        #expect(MediaTime(seconds: -.infinity) == MediaTime(nanoseconds: .min))
        #expect(MediaTime(seconds: 1.5).adding(seconds: -0.5) == MediaTime(seconds: 1))
    }

    @Test func theClockDoesNotGoBack() {
        var last = MediaTime.now()
        for _ in 0..<1000 {
            let now = MediaTime.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test func blocksKnowTheirEnd() {
        let block = AudioBlock(start: MediaTime(seconds: 2), samples: [Float](repeating: 0, count: 8_000))
        #expect(block.duration == 0.5)
        #expect(block.end == MediaTime(seconds: 2.5))
        #expect(Gap(start: block.end, seconds: 0.25, cause: .overrun).end == MediaTime(seconds: 2.75))
    }

    @Test func anImageOfOneColour() {
        let image = RGBImage(width: 3, height: 2, red: 1, green: 2, blue: 3)
        #expect(image.pixels == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
    }
}
