/// Why samples are missing from an audio stream.
public enum GapCause: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    /// The reader did not empty the ring in time.
    case overflow
    /// The device's own buffer ran over (an xrun): this process was not scheduled in time.
    case overrun
    /// The machine or the device was suspended.
    case suspend
    /// The device was lost and came back.
    case lost

    public var description: String {
        switch self {
        case .overflow: "the reader fell behind and the ring was full"
        case .overrun: "the device's buffer ran over"
        case .suspend: "the device was suspended"
        case .lost: "the device was lost"
        }
    }
}

/// A stretch of time for which there is no sound, told to the model and to clients rather than papered over.
public struct Gap: Sendable, Equatable {
    public var start: MediaTime
    public var seconds: Double
    public var cause: GapCause

    public init(start: MediaTime, seconds: Double, cause: GapCause) {
        self.start = start
        self.seconds = seconds
        self.cause = cause
    }

    public var end: MediaTime { start.adding(seconds: seconds) }
}
