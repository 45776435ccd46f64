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
        let ledger = ledger([(.audio, 50), (.video, 30), (.text, 20), (.audio, 10), (.video, 30)])
        #expect(policy.overdue(in: ledger).map(\.modality) == [.audio, .video])
    }

    @Test func pastTheTotalItForgetsDownToTheTarget() {
        var policy = EvictionPolicy(totalRows: 100, videoRows: 1000, audioRows: 1000, textRows: 1000)
        policy.targetRows = 50
        let full = ledger([(.audio, 20), (.video, 30), (.text, 20), (.audio, 10), (.video, 20)])
        #expect(policy.overdue(in: full).isEmpty)
        #expect(policy.overdue(in: ledger([(.audio, 20), (.video, 30), (.text, 20), (.audio, 10), (.video, 21)])).count == 3)
        policy.targetRows = 500
        #expect(policy.overdue(in: ledger([(.audio, 20), (.video, 30), (.text, 20), (.audio, 10), (.video, 21)])).count == 1)
    }

    @Test func theNewestFrameAndTheNewestSoundStayWhateverTheBudget() {
        let policy = EvictionPolicy(totalRows: 16, videoRows: 16, audioRows: 16, textRows: 16)
        let ledger = ledger([(.video, 40), (.audio, 40), (.video, 40), (.audio, 40), (.text, 8), (.text, 8)])
        #expect(policy.overdue(in: ledger).map(\.positions.lowerBound) == [20, 60, 180, 188])
        var patient = policy
        patient.minimumFrames = 2
        #expect(patient.overdue(in: ledger).map(\.positions.lowerBound) == [60, 180, 188])
    }

    @Test func framesAndSoundsAreCounted() {
        let policy = EvictionPolicy(totalRows: 1000, videoRows: 1000, audioRows: 1000, textRows: 1000, frames: 2, sounds: 1)
        let ledger = ledger([(.video, 4), (.audio, 4), (.text, 4), (.video, 4), (.audio, 4), (.video, 4), (.text, 4)])
        #expect(policy.overdue(in: ledger).map(\.positions.lowerBound) == [20, 24])
    }

    /// A sound, into which a frame fell, then its rest, and a new sound.
    private func interrupted() -> StreamLedger {
        var ledger = StreamLedger()
        for (index, (modality, positions, unit)) in [
            (StreamModality.audio, Int64(0)..<10, Int64?(0)), (.video, 10..<20, nil), (.audio, 20..<25, 0), (.audio, 25..<40, 25),
        ].enumerated() {
            let time = MediaTime(seconds: Double(index))
            ledger.record(StreamSegment(modality: modality, from: time, to: time, positions: positions, unit: unit))
        }
        return ledger
    }

    @Test func aSoundIntoWhichAFrameFellIsOneWhole() {
        let ledger = interrupted()
        #expect(ledger.units().map(\.start) == [0, 10, 25])
        #expect(ledger.units(of: .audio).map(\.rowCount) == [15, 15])
        #expect(ledger.units()[0].to == MediaTime(seconds: 2))
        // Its first ten rows alone would make room enough.
        let policy = EvictionPolicy(totalRows: 1000, videoRows: 1000, audioRows: 20, textRows: 1000)
        #expect(policy.overdue(in: ledger).map(\.positions.lowerBound) == [0, 20])
        // While it goes on it is the newest sound: all of it stays.
        var open = ledger
        open.remove(ledger.segments.suffix(1))
        #expect(EvictionPolicy(totalRows: 5, videoRows: 5, audioRows: 5, textRows: 5).overdue(in: open).isEmpty)
    }

    /// Random streams: whatever comes, in whatever order, under whatever budgets.
    @Test(arguments: UInt64(1)...40) func budgetsHoldWholesStayWholeAndTheNewestIsKept(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let policy = EvictionPolicy(
            totalRows: random.next(in: 40...400), videoRows: random.next(in: 20...300), audioRows: random.next(in: 20...300),
            textRows: random.next(in: 20...100), frames: random.next(in: 1...12), sounds: random.next(in: 1...12),
            minimumFrames: random.next(in: 1...3))
        var ledger = StreamLedger()
        var told: [Int64: Int] = [:]
        var position: Int64 = 18
        var openSound: Int64?
        for step in 0..<300 {
            let modality = StreamModality.allCases[random.next(in: 0...2)]
            let rows = Int64(random.next(in: 1...40))
            if modality == .audio, openSound == nil || random.next(in: 0...3) == 0 { openSound = position }
            let unit = modality == .audio ? openSound ?? position : position
            let time = MediaTime(seconds: Double(step))
            ledger.record(
                StreamSegment(modality: modality, from: time, to: time, positions: position..<position + rows, unit: unit),
                extending: ledger.segments.last?.unit == unit)
            told[unit, default: 0] += Int(rows)
            position += rows
            let before = ledger.units()
            ledger.remove(policy.overdue(in: ledger))
            let units = ledger.units()
            for unit in units { #expect(unit.rowCount == told[unit.start], "half of a whole was evicted") }
            let frames = before.filter { $0.modality == .video }.suffix(policy.minimumFrames)
            let sounds = before.filter { $0.modality == .audio }.suffix(1)
            let kept = Set((frames + sounds).map(\.start))
            #expect(kept.isSubset(of: units.map(\.start)))
            // Beyond a budget there is nothing left that could go.
            for modality in StreamModality.allCases {
                let own = units.filter { $0.modality == modality }
                let isOver = ledger.rows(of: modality) > policy.rows(of: modality) || own.count > policy.count(of: modality)
                #expect(!isOver || own.allSatisfy { kept.contains($0.start) })
            }
            #expect(ledger.rows() <= policy.totalRows || units.allSatisfy { kept.contains($0.start) })
            // Nothing went without need, and the oldest of a modality went first.
            for modality in StreamModality.allCases {
                let gone = before.filter { $0.modality == modality && told[$0.start] != nil && !units.map(\.start).contains($0.start) }
                let stayed = units.filter { $0.modality == modality && !kept.contains($0.start) }
                if let last = gone.last, let first = stayed.first { #expect(last.start < first.start) }
            }
        }
        #expect(position > 18 + 300)
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

/// A seeded generator: the same streams in every run.
private struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next(in range: ClosedRange<Int>) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return range.lowerBound + Int(state >> 33) % range.count
    }
}
