import Interleaver
import Media
import Session
import Testing

/// After a pause, as SIGSTOP makes one, what was late is caught up with, and the load is given back though nothing more comes.
@Suite struct RestTests {
    @Test func aStreamForWhichNothingComesIsNotBehind() async throws {
        let engine = try TinyModel.engine()
        await engine.start()
        await engine.push(VideoFrame(time: MediaTime(seconds: 0), image: picture(1), sequence: 0))
        // Taken in twenty seconds late, the only one.
        #expect(await engine.step(now: MediaTime(seconds: 20)))
        let late = try #require(await engine.status())
        #expect(late.level > .normal && late.lag > 19)
        for tenth in 200...330 { _ = await engine.step(now: MediaTime(seconds: Double(tenth) / 10)) }
        let rested = try #require(await engine.status())
        #expect(rested.level == .normal && rested.lag == 0)
    }
}
