import AgentProtocol
import Session
import Testing

/// What goes wrong with every frame is told once a minute, and every frame is counted.
@Suite struct TroubleTests {
    private let start = ContinuousClock.now

    private func told(_ tally: inout TroubleTally, _ count: Int, after seconds: Double) -> Int64? {
        tally.add(count, .framesDropped, now: start + .seconds(seconds))?.values["dropped"]?.integer
    }

    @Test func droppedFramesAreToldAtOnceThenOnceAMinuteWithTheirCount() {
        var tally = TroubleTally()
        #expect(told(&tally, 3, after: 0) == 3)
        var sum: Int64 = 3
        var events = 1
        // Two frames dropped each second, for ten minutes.
        for second in 1...600 {
            if let count = told(&tally, 2, after: Double(second)) { (sum, events) = (sum + count, events + 1) }
        }
        #expect(events == 11)
        #expect(sum == 3 + 2 * 600)
    }

    @Test func whatWasCountedIsToldWhenItsMinuteIsOver() throws {
        var tally = TroubleTally()
        #expect(told(&tally, 1, after: 0) == 1)
        #expect(told(&tally, 4, after: 1) == nil)
        #expect(tally.due(now: start + .seconds(59)).isEmpty)
        let (kind, health) = try #require(tally.due(now: start + .seconds(61)).first)
        #expect(kind == .framesDropped)
        #expect(health.message == "4 frames were dropped in 1 min 1 s: the model is slower than the camera")
        #expect(health.component == "frames" && health.state == .degraded)
        #expect(tally.due(now: start + .seconds(200)).isEmpty)
        // After a quiet minute the next one is news again.
        #expect(told(&tally, 1, after: 201) == 1)
    }

    @Test func kindsAreCountedApart() {
        var tally = TroubleTally()
        let now = start
        #expect(tally.add(1, .framesDropped, now: now)?.message == "1 frame was dropped: the model is slower than the camera")
        let refused = tally.add(1, .framesRefused, reason: "it is 9000 wide", now: now)
        #expect(refused?.message == "1 frame was refused: it is 9000 wide" && refused?.component == "vision")
        #expect(tally.add(1, .soundsLeftOut, reason: "4 are being transcribed already", now: now)?.component == "hearing")
        #expect(tally.add(1, .soundsLeftOut, reason: "x", now: now) == nil)
        let unanswered = tally.add(1, .speechUnanswered, reason: "8 questions are being answered already", now: now)
        #expect(unanswered?.component == "asks" && unanswered?.message.hasPrefix("1 spoken question was not answered: 8") == true)
        #expect(tally.add(1, .speechUnanswered, reason: "x", now: now) == nil)
        #expect(tally.due(now: now + .seconds(61)).last?.1.message == "1 spoken question was not answered in 1 min 1 s: x")
    }
}
