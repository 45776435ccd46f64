public import Media

/// Merges audio and video into one sequence by media time.
///
/// Raw inputs are merged, not tokens: the encoders then run in stream order, and a frame that was captured while
/// somebody spoke stands between the words before and after it, however long its encoding takes.
///
/// A modality's *watermark* is the time up to which everything of it has been pushed. An item is released when the
/// other modality's watermark has passed its start, or, on a live stream, when it has waited for `reorderWindow`.
/// Frames of one camera and blocks of one microphone arrive in order among themselves.
///
/// Bounds: at most `maximumPendingFrames` frames wait (the oldest are dropped and counted) and at most
/// `maximumPendingAudio` seconds of audio (the oldest become a gap).
public struct Interleaver: Sendable {
    public struct Limits: Sendable, Equatable {
        /// How long a live item waits for the other modality; covers the difference of the devices' latencies.
        public var reorderWindow = 0.08
        public var maximumPendingFrames = 4
        /// Seconds. DESIGN: audio is bounded at 30 s, then the oldest is dropped with a visible gap.
        public var maximumPendingAudio = 30.0

        public init() {}
    }

    public let limits: Limits
    private var audio: [MediaItem] = []
    private var frames: [VideoFrame] = []
    private var pendingAudioSeconds = 0.0
    private var audioWatermark: MediaTime? = .distantFuture
    private var videoWatermark: MediaTime? = .distantFuture

    /// Frames dropped because they waited in vain, and seconds of audio turned into gaps; both only grow.
    public private(set) var droppedFrames = 0
    public private(set) var droppedAudioSeconds = 0.0

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    public var isEmpty: Bool { audio.isEmpty && frames.isEmpty }

    /// Seconds of audio that wait to be released.
    public var pendingAudio: Double { pendingAudioSeconds }

    /// Declares that a modality is delivering (its items are waited for) or not (absent, lost, muted or ended).
    public mutating func setDelivering(_ delivering: Bool, modality: StreamModality) {
        switch modality {
        case .audio: audioWatermark = delivering ? (audioWatermark == .distantFuture ? nil : audioWatermark) : .distantFuture
        case .video: videoWatermark = delivering ? (videoWatermark == .distantFuture ? nil : videoWatermark) : .distantFuture
        case .text: break
        }
    }

    public mutating func push(_ block: AudioBlock) {
        guard !block.samples.isEmpty else { return }
        append(.audio(block), seconds: block.duration)
        if isAwaited(audioWatermark) { audioWatermark = block.end }
    }

    /// Sound is missing from `start` on; a gap of 0 seconds only says that what follows does not continue what was before.
    public mutating func pushAudioGap(start: MediaTime, seconds: Double) {
        append(.audioGap(start: start, seconds: seconds), seconds: 0)
        if isAwaited(audioWatermark) { audioWatermark = start.adding(seconds: seconds) }
    }

    /// - Returns: how many older frames had to go to make room.
    @discardableResult
    public mutating func push(_ frame: VideoFrame) -> Int {
        frames.append(frame)
        if isAwaited(videoWatermark) { videoWatermark = frame.time }
        return keepNewestFrames(limits.maximumPendingFrames)
    }

    /// Overload: drops all waiting frames but the newest `count`.
    @discardableResult
    public mutating func keepNewestFrames(_ count: Int) -> Int {
        let excess = max(0, frames.count - count)
        frames.removeFirst(excess)
        droppedFrames += excess
        return excess
    }

    /// Forgets what waits of one modality (mute, shutter).
    public mutating func discard(_ modality: StreamModality) {
        switch modality {
        case .audio:
            audio.removeAll()
            pendingAudioSeconds = 0
        case .video:
            frames.removeAll()
        case .text:
            break
        }
    }

    /// The next item in order, or nil while it has to wait.
    /// - Parameter now: the live clock; nil for a replay, which waits for both watermarks and so is deterministic.
    public mutating func next(now: MediaTime?) -> MediaItem? {
        let patience = now.map { $0.adding(seconds: -limits.reorderWindow) }
        guard let frame = frames.first else { return nextAudio(before: videoWatermark, patience: patience) }
        if let sound = audio.first, sound.start < frame.time { return takeAudio(until: frame.time) }
        guard passed(frame.time, audioWatermark) || patience.map({ frame.time <= $0 }) == true else { return nil }
        return .frame(frames.removeFirst())
    }

    private mutating func nextAudio(before watermark: MediaTime?, patience: MediaTime?) -> MediaItem? {
        guard let sound = audio.first else { return nil }
        if watermark == .distantFuture { return takeAudio(until: nil) }
        // A block that has waited long enough goes whole: cutting it at the moving clock would make slivers of it.
        if let patience, sound.end <= patience { return takeAudio(until: nil) }
        // No frame waits: audio up to the newest frame's time is in order for good.
        guard let watermark, sound.start < watermark else { return nil }
        return takeAudio(until: watermark)
    }

    /// A modality that was not declared as delivering is taken as it comes.
    private func isAwaited(_ watermark: MediaTime?) -> Bool { watermark != .distantFuture }

    private func passed(_ time: MediaTime, _ watermark: MediaTime?) -> Bool {
        watermark.map { $0 >= time } ?? false
    }

    private mutating func takeAudio(until limit: MediaTime?) -> MediaItem {
        let item = audio.removeFirst()
        guard case .audio(let block) = item else { return item }
        pendingAudioSeconds = max(0, pendingAudioSeconds - block.duration)
        guard let limit, limit < block.end else { return item }
        // A frame falls inside the block: what was heard before it goes first. Rounded up, so that the rest begins at or
        // after the frame and the frame is next.
        let keep = max(1, Int(((limit - block.start).seconds * Double(AudioBlock.sampleRate)).rounded(.up)))
        guard keep < block.samples.count else { return item }
        let rest = AudioBlock(
            start: block.start.adding(seconds: Double(keep) / Double(AudioBlock.sampleRate)),
            samples: Array(block.samples[keep...]))
        audio.insert(.audio(rest), at: 0)
        pendingAudioSeconds += rest.duration
        return .audio(AudioBlock(start: block.start, samples: Array(block.samples[..<keep])))
    }

    private mutating func append(_ item: MediaItem, seconds: Double) {
        audio.append(item)
        pendingAudioSeconds += seconds
        guard pendingAudioSeconds > limits.maximumPendingAudio else { return }
        let start = audio[0].start
        var end = start
        while pendingAudioSeconds > limits.maximumPendingAudio, audio.count > 1 {
            switch audio.removeFirst() {
            case .audio(let block):
                pendingAudioSeconds -= block.duration
                droppedAudioSeconds += block.duration
                end = block.end
            case .audioGap(let from, let seconds):
                end = from.adding(seconds: seconds)
            case .frame:
                break
            }
        }
        guard end > start else { return }
        audio.insert(.audioGap(start: start, seconds: (end - start).seconds), at: 0)
    }
}

extension MediaTime {
    /// Later than anything a clock says: the watermark of a modality that delivers nothing.
    static var distantFuture: MediaTime { MediaTime(nanoseconds: .max) }
}
