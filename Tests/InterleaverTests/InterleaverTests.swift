import Interleaver
import Media
import Testing

@Suite struct InterleaverTests {
    private func block(_ start: Double, _ seconds: Double) -> AudioBlock {
        AudioBlock(start: MediaTime(seconds: start), samples: [Float](repeating: 0.1, count: Int(seconds * 16_000)))
    }

    private func frame(_ time: Double) -> VideoFrame {
        VideoFrame(time: MediaTime(seconds: time), image: RGBImage(width: 1, height: 1, pixels: [1, 2, 3]), sequence: 0)
    }

    private func drain(_ interleaver: inout Interleaver, now: MediaTime? = nil) -> [MediaItem] {
        var items: [MediaItem] = []
        while let item = interleaver.next(now: now) { items.append(item) }
        return items
    }

    private func describe(_ items: [MediaItem]) -> [String] {
        items.map {
            switch $0 {
            case .audio(let block): "a\((block.start.seconds * 1000).rounded())+\(block.samples.count)"
            case .audioGap(let start, let seconds): "g\((start.seconds * 1000).rounded())+\(seconds)"
            case .frame(let frame): "v\((frame.time.seconds * 1000).rounded())"
            }
        }
    }

    @Test func aFrameInsideABlockSplitsItAtTheSample() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .audio)
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(block(1, 0.1))
        interleaver.push(frame(1.025))
        interleaver.push(frame(2))
        #expect(describe(drain(&interleaver)) == ["a1000.0+400", "v1025.0", "a1025.0+1200"])
    }

    @Test func framesBetweenSamplesStandBeforeTheSoundThatFollowsThem() {
        var interleaver = Interleaver(
            limits: {
                var l = Interleaver.Limits(); l.maximumPendingFrames = 30; return l
            }())
        interleaver.setDelivering(true, modality: .audio)
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(block(0, 1))
        for index in 0..<30 { interleaver.push(frame(Double(index) / 30)) }
        interleaver.setDelivering(false, modality: .video)
        interleaver.setDelivering(false, modality: .audio)
        let items = drain(&interleaver)
        #expect(items.count == 60)
        #expect(items.map(\.start) == items.map(\.start).sorted())
    }

    @Test func aLiveBlockIsReleasedWholeAndOnce() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(frame(0))
        interleaver.push(block(1, 0.1))
        _ = interleaver.next(now: MediaTime(seconds: 1.1))
        #expect(describe(drain(&interleaver, now: MediaTime(seconds: 1.15))).isEmpty)
        #expect(describe(drain(&interleaver, now: MediaTime(seconds: 1.2))) == ["a1000.0+1600"])
    }

    @Test func whateverOrderTheDevicesDeliverInTheStreamIsTheSame() {
        let blocks = (0..<20).map { block(Double($0) * 0.1, 0.1) }
        let frames = (0..<8).map { frame(Double($0) * 0.25 + 0.013) }
        var reference: [String]?
        for audioLead in [1, 3, 20] {
            var interleaver = Interleaver(
                limits: {
                    var l = Interleaver.Limits(); l.maximumPendingFrames = 8; return l
                }())
            interleaver.setDelivering(true, modality: .audio)
            interleaver.setDelivering(true, modality: .video)
            var items: [MediaItem] = []
            var video = frames[...]
            for (index, block) in blocks.enumerated() {
                interleaver.push(block)
                if index % audioLead == audioLead - 1 || audioLead == 20 {
                    while let next = video.first, next.time.seconds < Double(index) * 0.1 || audioLead == 20 {
                        interleaver.push(video.removeFirst())
                    }
                }
                items += drain(&interleaver)
            }
            for frame in video { interleaver.push(frame) }
            interleaver.setDelivering(false, modality: .audio)
            interleaver.setDelivering(false, modality: .video)
            items += drain(&interleaver)
            let starts = items.map(\.start)
            #expect(starts == starts.sorted())
            let samples = items.reduce(0) { if case .audio(let block) = $1 { $0 + block.samples.count } else { $0 } }
            #expect(samples == 20 * 1600)
            // Splits may differ where a block was released before a frame was known; the order of times may not.
            let frameOrder = describe(items).filter { $0.hasPrefix("v") }
            if let reference { #expect(frameOrder == reference) } else { reference = frameOrder }
        }
    }

    @Test func aReplayWaitsForTheOtherModalityAndALiveStreamOnlyForTheReorderWindow() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .audio)
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(block(1, 0.1))
        #expect(describe(drain(&interleaver)).isEmpty)
        #expect(describe(drain(&interleaver, now: MediaTime(seconds: 1.05))).isEmpty)
        guard case .audio = interleaver.next(now: MediaTime(seconds: 1.2)) else {
            Issue.record("the reorder window has passed")
            return
        }
    }

    @Test func anAbsentModalityIsNotWaitedFor() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(frame(5))
        #expect(describe(drain(&interleaver)) == ["v5000.0"])
    }

    @Test func modalitiesThatWereNotDeclaredAreTakenAsTheyCome() {
        var interleaver = Interleaver()
        interleaver.push(frame(5))
        #expect(describe(drain(&interleaver)) == ["v5000.0"])
        interleaver.push(block(6, 0.1))
        #expect(describe(drain(&interleaver)) == ["a6000.0+1600"])
    }

    @Test func pendingFramesAreBoundedAndTheNewestWins() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .audio)
        var dropped = 0
        for index in 0..<10 { dropped += interleaver.push(frame(Double(index))) }
        #expect(dropped == 6)
        #expect(interleaver.droppedFrames == 6)
        interleaver.setDelivering(false, modality: .audio)
        #expect(describe(drain(&interleaver)) == ["v6000.0", "v7000.0", "v8000.0", "v9000.0"])
    }

    @Test func audioBeyondThirtySecondsBecomesOneVisibleGap() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .video)
        for index in 0..<40 { interleaver.push(block(Double(index), 1)) }
        #expect(interleaver.pendingAudio <= 30)
        #expect(interleaver.droppedAudioSeconds == 10)
        interleaver.setDelivering(false, modality: .video)
        let items = describe(drain(&interleaver))
        #expect(items.first == "g0.0+10.0")
        #expect(items.count == 31)
    }

    @Test func muteForgetsWhatWaits() {
        var interleaver = Interleaver()
        interleaver.setDelivering(true, modality: .video)
        interleaver.push(block(0, 1))
        interleaver.discard(.audio)
        #expect(interleaver.isEmpty)
        #expect(interleaver.pendingAudio == 0)
    }
}
