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
