public import Media

/// One raw input in the order in which the model shall receive it.
public enum MediaItem: Sendable {
    /// 16 kHz mono samples that begin at `start`.
    case audio(AudioBlock)
    /// Audio that was lost: the samples of this span never arrive.
    case audioGap(start: MediaTime, seconds: Double)
    case frame(VideoFrame)

    public var start: MediaTime {
        switch self {
        case .audio(let block): block.start
        case .audioGap(let start, _): start
        case .frame(let frame): frame.time
        }
    }

    public var end: MediaTime {
        switch self {
        case .audio(let block): block.end
        case .audioGap(let start, let seconds): start.adding(seconds: seconds)
        case .frame(let frame): frame.time
        }
    }
}

/// What a segment of the stream came from.
public enum StreamModality: String, Sendable, CaseIterable, Codable {
    case audio, video, text
}
