import Capture
import Media
import Testing

@Suite struct FrameThinnerTests {
    private func admitted(_ times: [Double], at rate: Double) -> [Double] {
        var thinner = FrameThinner(framesPerSecond: rate)
        return times.filter { thinner.admit(MediaTime(seconds: $0)) }
    }

    @Test func aFastCameraIsThinnedToTheConfiguredRate() {
        #expect(admitted((0..<296).map { Double($0) / 30 }, at: 2).count == 20)
    }

    @Test func aCameraOfTheRightRateKeepsAllFramesInSpiteOfJitter() {
        let times = (0..<20).map { Double($0) * 0.5 + ($0 % 2 == 0 ? 0.02 : -0.02) }
        #expect(admitted(times, at: 2).count == 20)
    }

    @Test func aClockThatWentBackDoesNotStopTheStream() {
        #expect(admitted([100, 3, 3.5], at: 2) == [100, 3, 3.5])
    }
}
