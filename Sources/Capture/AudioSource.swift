public import Media

/// What a source of sound has to say, in order.
public enum AudioCaptureEvent: Sendable, Equatable {
    /// Sound. Blocks follow one another without a hole unless a gap stands between them; the start of a block may differ from
    /// the end of the last one by microseconds, as the device's clock is corrected against CLOCK_MONOTONIC.
    case block(AudioBlock)
    /// Sound is missing here.
    case gap(start: MediaTime, seconds: Double, reason: String)
    /// The device is missing or failed; it is retried for ever. Or a file is over of which nothing could be heard.
    case lost(reason: String, remedy: String)
    /// The device delivers again.
    case recovered
    /// A file is over; nothing follows.
    case ended
}

/// A source of 16 kHz mono sound.
///
/// `start` and `stop` may be called in any order and any number of times. After `start` nothing is thrown: a device that is
/// missing or lost is an event, and is retried.
public protocol AudioSource: Actor {
    /// Begins to listen. Starting a source that runs does nothing.
    func start() async throws(CaptureError)
    /// Takes what there is, at most `maximumSamples` of sound; never waits for a device. One reader at a time.
    nonisolated func read(maximumSamples: Int) -> [AudioCaptureEvent]
    /// Ends the thread, closes the device and forgets (and overwrites) what was not read.
    func stop() async
    nonisolated var status: SourceStatus { get }
}

/// How to listen.
public struct AudioOptions: Sendable, Equatable {
    /// Files: begin again at the end; time goes on.
    public var loop: Bool
    /// Files: true plays in real time; false gives sound as fast as it is read.
    public var realtime: Bool
    /// The channel to hear, from 0; nil: the mean of all.
    public var channel: Int?
    /// Files: the media time of the first sample; nil: the time of `start`. Give sources that belong together the same one.
    public var origin: MediaTime?

    public init(loop: Bool = false, realtime: Bool = true, channel: Int? = nil, origin: MediaTime? = nil) {
        self.loop = loop
        self.realtime = realtime
        self.channel = channel
        self.origin = origin
    }

    /// Every option that is out of range.
    public var faults: [CaptureError] {
        guard let channel, !(0..<PCMFormat.maximumChannels).contains(channel) else { return [] }
        return [.invalidOption(name: "audio.channel", value: "\(channel)", allowed: "0...\(PCMFormat.maximumChannels - 1)")]
    }
}
