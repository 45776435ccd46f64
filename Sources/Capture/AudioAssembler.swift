package import Media

/// Turns what a device thread put into the ring (samples at the device's rate, times, gaps) into events for the reader: blocks
/// at 16 kHz with their times, and gaps with their lengths. A value; knows nothing of threads or devices.
package struct AudioAssembler: Sendable {
    private var rate = AudioBlock.sampleRate
    private var resampler = Resampler(from: AudioBlock.sampleRate, to: AudioBlock.sampleRate)
    private var clock = SampleClock(rate: AudioBlock.sampleRate)
    /// Device samples before the present segment (since the last gap), and in it.
    private var segmentStart = 0
    private var segmentCount = 0
    /// 16 kHz samples made of the present segment.
    private var produced = 0
    private var openGap: (start: MediaTime, lost: Int, cause: GapCause)?
    private var queue: [AudioCaptureEvent] = []
    package private(set) var queuedSamples = 0

    /// Seconds by which the device's clock is slow (> 0) or fast, per second; what it is corrected by.
    package var drift: Double { clock.drift }

    package init() {}

    /// The device was opened and gives `rate` samples a second from here on.
    package mutating func opened(rate newRate: Int) {
        endSegment()
        if let gap = openGap { openGap = (gap.start, 0, gap.cause) }  // samples of another rate do not measure it
        if newRate != rate {
            rate = newRate
            resampler = Resampler(from: newRate, to: AudioBlock.sampleRate)
        }
        clock = SampleClock(rate: newRate)
        segmentStart = 0
    }

    /// The next sample was captured at `time`.
    package mutating func time(_ time: MediaTime) {
        if let gap = openGap {
            // A new beginning: what the clock thought before the gap holds no longer, except when the samples that are
            // missing were counted, which keeps the two time lines exactly together.
            if gap.cause != .overflow || !clock.isSet { clock = SampleClock(rate: rate) }
            clock.anchor(index: segmentStart + segmentCount, time: time)
            closeGap()
            return
        }
        let end = clock.isSet ? clock.time(at: Double(segmentStart + segmentCount)) : time
        let jump = clock.anchor(index: segmentStart + segmentCount, time: time)
        if jump > 0 {
            endSegment()
            append(.gap(start: end, seconds: jump, reason: GapCause.overrun.description))
        }
    }

    /// Samples at the device's rate.
    package mutating func samples(_ samples: UnsafeBufferPointer<Float>) {
        if openGap != nil { closeGap() }
        if !clock.isSet { clock.anchor(index: segmentStart + segmentCount, time: .now()) }
        segmentCount += samples.count
        var output: [Float] = []
        resampler.push(samples, into: &output)
        append(output)
    }

    /// Samples are missing before the next ones: `lost` at the device's rate when they were counted, else 0.
    package mutating func gap(lost: Int, cause: GapCause) {
        endSegment()
        if let gap = openGap {
            openGap = (gap.start, gap.lost + lost, gap.cause)
        } else if clock.isSet {
            openGap = (clock.time(at: Double(segmentStart)), lost, cause)
        }
        segmentStart += lost
    }

    /// Something to hand to the reader in its place between the blocks.
    package mutating func event(_ event: AudioCaptureEvent) {
        endSegment()
        append(event)
    }

    /// Takes events in order, with at most `maximumSamples` of sound.
    package mutating func take(maximumSamples: Int) -> [AudioCaptureEvent] {
        var taken: [AudioCaptureEvent] = []
        var room = maximumSamples
        while let first = queue.first {
            guard case .block(let block) = first else {
                taken.append(queue.removeFirst())
                continue
            }
            guard room > 0 else { break }
            if block.samples.count <= room {
                taken.append(queue.removeFirst())
            } else {
                taken.append(.block(AudioBlock(start: block.start, samples: Array(block.samples[..<room]))))
                queue[0] = .block(
                    AudioBlock(
                        start: block.start + MediaTime(index: room, rate: AudioBlock.sampleRate),
                        samples: Array(block.samples[room...])))
            }
            room -= min(room, block.samples.count)
        }
        queuedSamples -= maximumSamples - room
        return taken
    }

    /// Lets out what the filter still holds; the next samples are a new segment.
    private mutating func endSegment() {
        append(resampler.finish())
        segmentStart += segmentCount
        segmentCount = 0
        produced = 0
    }

    private mutating func closeGap() {
        guard let gap = openGap else { return }
        openGap = nil
        let seconds =
            gap.lost > 0
            ? Double(gap.lost) / Double(rate) : (clock.time(at: Double(segmentStart)) - gap.start).seconds
        if seconds > 0 { append(.gap(start: gap.start, seconds: seconds, reason: gap.cause.description)) }
    }

    private mutating func append(_ samples: [Float]) {
        guard !samples.isEmpty else { return }
        queuedSamples += samples.count
        let position = Double(produced) * Double(rate) / Double(AudioBlock.sampleRate)
        // Filtering can overshoot full scale by a little.
        let clamped = samples.map { min(max($0, -1), 1) }
        if produced > 0, case .block(var block)? = queue.last {
            queue.removeLast()
            block.samples += clamped
            queue.append(.block(block))
        } else {
            queue.append(.block(AudioBlock(start: clock.time(at: Double(segmentStart) + position), samples: clamped)))
        }
        produced += samples.count
    }

    private mutating func append(_ event: AudioCaptureEvent) { queue.append(event) }
}
