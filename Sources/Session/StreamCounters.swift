public import Interleaver

/// What a stream has done since it began; all values only grow.
public struct StreamCounters: Sendable, Equatable, Codable {
    public var frames = 0
    public var unchangedFrames = 0
    public var encodedFrames = 0
    public var droppedFrames = 0
    /// Frames of a size the model cannot take.
    public var refusedFrames = 0
    /// Sum of the shares of a dense pass that each encoded frame took.
    public var visionWork = 0.0
    public var audioSeconds = 0.0
    public var lostAudioSeconds = 0.0
    public var audioTokens = 0
    /// Cache rows taken in, by what they are.
    public var rows: [StreamModality: Int] = [:]
    public var evictedRows = 0
    public var maximumLag = 0.0

    public init() {}
}
