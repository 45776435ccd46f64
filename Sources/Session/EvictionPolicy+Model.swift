public import Checkpoint
public import Interleaver

extension EvictionPolicy {
    /// The budgets that a model was made for.
    public init(_ stream: StreamConfiguration) {
        self.init(
            totalRows: stream.rows, videoRows: stream.videoRows, audioRows: stream.audioRows, textRows: stream.textRows,
            frames: stream.frames ?? .max, sounds: stream.sounds ?? .max)
    }
}

extension ModelConfiguration {
    /// How many positions the system prompt may stand before the newest row; nil: any number. Of a checkpoint from elsewhere
    /// three quarters of its context, the rest is for questions and answers; of a model that was trained on whole streams
    /// without gaps, two of them.
    package var reach: Int? {
        guard let stated = extras?.stream else { return max(2 * stream.rows, text.maximumPositions / 4 * 3) }
        return stated.hasFarPrefix ? nil : 2 * stated.rows
    }
}
