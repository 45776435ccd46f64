package import Media

/// A recording being played: the state of `AudioFileSource`.
package struct AudioFilePlayer: ~Copyable, Sendable {
    private var file: SoundTrack
    private let options: AudioOptions
    private let start: MediaTime
    private let origin: MediaTime
    private var resampler: Resampler
    private var pending: [Float] = []
    /// 16 kHz samples handed out or skipped.
    private var position = 0
    private var passHasSound = false
    /// Why it could not begin again.
    private var failure: CaptureError?
    private var isOver = false
    private var saidEnd = false

    /// Played in real time, this much waits for a slow reader; what is older is dropped, as from a microphone.
    private static let backlog = 30 * AudioBlock.sampleRate

    package init(file: consuming SoundTrack, options: AudioOptions, start: MediaTime) {
        resampler = Resampler(from: file.rate, to: AudioBlock.sampleRate)
        self.file = file
        self.options = options
        self.start = start
        origin = options.origin ?? start
    }

    package mutating func read(maximumSamples: Int, now: MediaTime) -> [AudioCaptureEvent] {
        guard !saidEnd else { return [] }
        var events: [AudioCaptureEvent] = []
        var wanted = maximumSamples
        if options.realtime {
            let due = Int((now - start).seconds * Double(AudioBlock.sampleRate)) - position
            if due > Self.backlog {
                let skipped = skip(due - Self.backlog / 2)
                if skipped > 0 {
                    let at = time(of: position - skipped)
                    let seconds = Double(skipped) / Double(AudioBlock.sampleRate)
                    events.append(.gap(start: at, seconds: seconds, reason: GapCause.overflow.description))
                }
            }
            wanted = min(wanted, max(due, 0))
        }
        let samples = next(wanted)
        if !samples.isEmpty {
            events.append(.block(AudioBlock(start: time(of: position), samples: samples)))
            position += samples.count
        }
        if isOver && pending.isEmpty {
            saidEnd = true
            if let fault {
                let what = position > 0 ? "nothing of it can be heard any more" : "nothing of it could be heard"
                events.append(.lost(reason: "\(what): \(fault.reason)", remedy: fault.remedy))
            }
            events.append(.ended)
        }
        return events
    }

    /// Why a recording that is over gave nothing, or gives nothing any more; nil: it is just over.
    private var fault: CaptureError? { failure ?? (passHasSound ? nil : file.emptiness) }

    /// Exact: the index over the rate, so that loops and pieces add no error.
    private func time(of index: Int) -> MediaTime { origin + MediaTime(index: index, rate: AudioBlock.sampleRate) }

    /// - Returns: whether it is at its beginning again.
    private mutating func begin() -> Bool {
        do throws(CaptureError) {
            try file.rewind()
            return true
        } catch {
            failure = error
            return false
        }
    }

    private mutating func skip(_ count: Int) -> Int {
        var skipped = 0
        while skipped < count {
            let piece = next(min(count - skipped, AudioBlock.sampleRate)).count
            guard piece > 0 else { break }
            skipped += piece
        }
        position += skipped
        return skipped
    }

    /// Up to `count` samples at 16 kHz; fewer at the end only.
    private mutating func next(_ count: Int) -> [Float] {
        while pending.count < count && !isOver {
            let frames = file.read(limit: 8192, channel: options.channel)
            if !frames.isEmpty {
                pending += resampler.push(frames)
                passHasSound = true
            } else if options.loop, passHasSound, begin() {
                passHasSound = false  // a file that was emptied meanwhile must not loop for ever
            } else {
                pending += resampler.finish()
                isOver = true
            }
        }
        let taken = min(count, pending.count)
        let samples = pending[..<taken].map { min(max($0, -1), 1) }
        pending.removeFirst(taken)
        return samples
    }
}
