import Interleaver
import Media
import Testing

@Suite struct EvictionTests {
    private func ledger(_ entries: [(StreamModality, Int)]) -> StreamLedger {
        var ledger = StreamLedger()
        var position: Int64 = 20
        for (index, (modality, rows)) in entries.enumerated() {
            let time = MediaTime(seconds: Double(index))
            ledger.record(StreamSegment(modality: modality, from: time, to: time, positions: position..<position + Int64(rows)))
            position += Int64(rows)
        }
        return ledger
    }

    @Test func theOldestOfTheModalityOverBudgetGoesFirst() {
        let policy = EvictionPolicy(totalRows: 1000, videoRows: 60, audioRows: 100, textRows: 100)
        let ledger = ledger([(.audio, 50), (.video, 30), (.video, 30), (.audio, 10), (.video, 30)])
        #expect(policy.overdue(in: ledger).map(\.positions.lowerBound) == [70])
    }

    @Test func theTotalBudgetTakesWhateverIsOldest() {
        let policy = EvictionPolicy(totalRows: 70, videoRows: 1000, audioRows: 1000, textRows: 1000)
        let ledger = ledger([(.audio, 50), (.video, 30), (.text, 20), (.video, 30)])
        #expect(policy.overdue(in: ledger).map(\.modality) == [.audio, .video])
    }

    @Test func theNewestFrameAndTheOpenBlockStay() {
        let policy = EvictionPolicy(totalRows: 16, videoRows: 16, audioRows: 16, textRows: 16)
        let ledger = ledger([(.video, 40), (.video, 40), (.audio, 40)])
        #expect(policy.overdue(in: ledger, open: .audio).map(\.positions.lowerBound) == [20])
        #expect(policy.overdue(in: ledger).map(\.modality) == [.video, .audio])
    }

    @Test func anOpenSegmentGrowsInPlaceAndRemovalForgetsIt() {
        var ledger = ledger([(.audio, 4)])
        let time = MediaTime(seconds: 9)
        ledger.record(StreamSegment(modality: .audio, from: time, to: time, positions: 24..<30), extending: true)
        #expect(ledger.segments.count == 1)
        #expect(ledger.rows(of: .audio) == 10)
        #expect(ledger.segments[0].to == time)
        ledger.remove(ledger.segments)
        #expect(ledger.rows() == 0)
    }
}

@Suite struct OverloadGovernorTests {
    @Test func itBrakesInOrderAndRecoversOneStepAtATime() {
        var governor = OverloadGovernor()
        var changes: [OverloadGovernor.Level] = []
        for second in 0..<20 { if let level = governor.observe(lag: 3, now: Double(second)) { changes.append(level) } }
        #expect(changes == [.halfFrameRate, .quarterFrameRate, .smallFrames, .groupedAudio])
        changes = []
        for second in 20..<100 { if let level = governor.observe(lag: 0.1, now: Double(second)) { changes.append(level) } }
        #expect(changes == [.smallFrames, .quarterFrameRate, .halfFrameRate, .normal])
    }

    @Test func lagBetweenTheThresholdsChangesNothing() {
        var governor = OverloadGovernor()
        _ = governor.observe(lag: 2, now: 0)
        for second in 1..<60 { #expect(governor.observe(lag: 0.6, now: Double(second)) == nil) }
        #expect(governor.level == .halfFrameRate)
    }
}
