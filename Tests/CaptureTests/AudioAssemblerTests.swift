import Capture
import Media
import Testing

@Suite struct AudioAssemblerTests {
    private func push(_ assembler: inout AudioAssembler, _ samples: [Float]) {
        samples.withUnsafeBufferPointer { assembler.samples($0) }
    }

    private func blocks(_ events: [AudioCaptureEvent]) -> [AudioBlock] {
        events.compactMap { if case .block(let block) = $0 { block } else { nil } }
    }

    @Test func blocksFollowOneAnotherFromTheFirstStamp() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 48_000)
        assembler.time(MediaTime(seconds: 10))
        for start in stride(from: 0, to: 48_000, by: 960) {
            assembler.time(MediaTime(seconds: 10) + MediaTime(index: start, rate: 48_000))
            push(&assembler, [Float](repeating: 0.5, count: 960))
        }
        var taken: [AudioBlock] = []
        while true {
            let events = assembler.take(maximumSamples: 700)
            if events.isEmpty { break }
            taken += blocks(events)
        }
        #expect(taken.first?.start == MediaTime(seconds: 10))
        for (left, right) in zip(taken, taken.dropFirst()) {
            #expect(left.samples.count == 700)
            #expect(abs((right.start - left.end).seconds) < 1e-6)
        }
        // All but what the filter waits for.
        let count = taken.reduce(0) { $0 + $1.samples.count }
        #expect(count <= 16_000 && count > 15_800)
        #expect(assembler.queuedSamples == 0)
    }

    @Test func anOverrunBecomesAGapAsLongAsTheStampsSay() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 16_000)
        assembler.time(MediaTime(seconds: 1))
        push(&assembler, [Float](repeating: 0.1, count: 1600))
        assembler.gap(lost: 0, cause: .overrun)
        assembler.time(MediaTime(seconds: 1.35))
        push(&assembler, [Float](repeating: 0.2, count: 1600))
        let events = assembler.take(maximumSamples: 100_000)
        #expect(events.count == 3)
        #expect(events[0] == .block(AudioBlock(start: MediaTime(seconds: 1), samples: [Float](repeating: 0.1, count: 1600))))
        guard case .gap(let start, let seconds, let reason) = events[1] else {
            Issue.record("\(events[1])")
            return
        }
        #expect(start == MediaTime(seconds: 1.1))
        #expect(abs(seconds - 0.25) < 1e-9)
        #expect(reason == GapCause.overrun.description)
        #expect(events[2] == .block(AudioBlock(start: MediaTime(seconds: 1.35), samples: [Float](repeating: 0.2, count: 1600))))
    }

    @Test func droppedSamplesAreCountedExactly() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 48_000)
        assembler.time(.zero)
        push(&assembler, [Float](repeating: 0, count: 4800))
        assembler.gap(lost: 24_000, cause: .overflow)
        push(&assembler, [Float](repeating: 0, count: 4800))
        let events = assembler.take(maximumSamples: 100_000)
        #expect(events.count == 3)
        #expect(events[1] == .gap(start: MediaTime(seconds: 0.1), seconds: 0.5, reason: GapCause.overflow.description))
        #expect(blocks(events).first?.samples.count == 1600)
        #expect(blocks(events).last?.start == MediaTime(seconds: 0.6))
    }

    @Test func aLossAndANewRateKeepTimeAndOrder() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 16_000)
        assembler.time(MediaTime(seconds: 5))
        push(&assembler, [Float](repeating: 0, count: 16_000))
        assembler.gap(lost: 0, cause: .lost)
        assembler.event(.lost(reason: "unplugged", remedy: "plug in"))
        assembler.opened(rate: 48_000)
        assembler.event(.recovered)
        assembler.time(MediaTime(seconds: 9))
        push(&assembler, [Float](repeating: 0, count: 48_000))
        let events = assembler.take(maximumSamples: 100_000)
        #expect(events.count == 5)
        #expect(events[1] == .lost(reason: "unplugged", remedy: "plug in"))
        #expect(events[2] == .recovered)
        #expect(events[3] == .gap(start: MediaTime(seconds: 6), seconds: 3, reason: GapCause.lost.description))
        #expect(blocks(events).last?.start == MediaTime(seconds: 9))
    }

    @Test func aGapThatNobodyReportedIsFoundByItsStamps() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 16_000)
        for block in 0..<50 {
            let late = block >= 25 ? 8_000 : 0
            assembler.time(MediaTime(index: block * 320 + late, rate: 16_000))
            push(&assembler, [Float](repeating: 0, count: 320))
        }
        let gaps = assembler.take(maximumSamples: 100_000).compactMap { event -> Double? in
            if case .gap(_, let seconds, _) = event { seconds } else { nil }
        }
        #expect(gaps.count == 1)
        #expect(abs((gaps.first ?? 0) - 0.5) < 1e-6)
    }

    @Test func takeNeverGivesMoreThanAsked() {
        var assembler = AudioAssembler()
        assembler.opened(rate: 8_000)
        push(&assembler, [Float](repeating: 0, count: 4_000))
        for maximum in [1, 5, 160, 7_000] {
            let taken = blocks(assembler.take(maximumSamples: maximum)).reduce(0) { $0 + $1.samples.count }
            #expect(taken <= maximum)
        }
    }
}
