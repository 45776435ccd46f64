/// What a pushed frame came to.
public enum FrameUpdate: Sendable {
    /// Nothing changed (above the gate): the soft tokens given before still hold, and the model did no work.
    case unchanged
    /// - `changedTokens`: indexes of the soft tokens worth telling the decoder again, ascending; all of them in `exact` mode.
    /// - `work`: multiply-accumulates spent, as a share of a dense pass (0...1).
    /// - `dense`: whether the whole tower ran, so that the tokens are exact for this frame.
    case changed(SoftTokenGrid, changedTokens: [Int], work: Double, dense: Bool)
}

/// Counts since the stream began.
public struct FrameStreamStatistics: Sendable, Equatable {
    public var frames = 0
    public var unchanged = 0
    public var densePasses = 0
    public var sparseUpdates = 0
    /// Sum of all updates' work: dense passes' worth of multiply-accumulates.
    public var work = 0.0
}
