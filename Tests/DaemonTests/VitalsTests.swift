import AgentDaemon
import Capture
import Testing

@Suite struct VitalsTests {
    private func status(_ beats: Int?, _ state: SourceStatus.State = .running) -> SourceStatus {
        SourceStatus(source: "alsa:default", state: state, beats: beats)
    }

    @Test func aThreadThatStandsStillIsFoundAndOneThatMovesIsNot() {
        let start = ContinuousClock.now
        var vitals = Vitals()
        for second in 0...60 {
            vitals.observe("camera", status(7), now: start + .seconds(second))
            vitals.observe("microphone", status(second), now: start + .seconds(second))
            #expect(vitals.stuck(now: start + .seconds(second)) == (second > 20 ? ["camera"] : []))
        }
        vitals.observe("camera", status(8), now: start + .seconds(61))
        #expect(vitals.stuck(now: start + .seconds(61)).isEmpty)
    }

    @Test func whatIsStoppedOrHasNoThreadIsWell() {
        let start = ContinuousClock.now
        var vitals = Vitals()
        vitals.observe("camera", status(7), now: start)
        vitals.observe("camera", status(7, .stopped), now: start + .seconds(30))
        vitals.observe("microphone", status(nil), now: start)
        #expect(vitals.stuck(now: start + .seconds(90)).isEmpty)
    }
}
