public import Checkpoint

/// What can go wrong between a picture and its soft tokens. Every case carries what is needed to act on it.
public enum VisionError: Error, Sendable, CustomStringConvertible {
    /// The checkpoint has no `vision_config`.
    case noVisionTower
    /// A tensor or a configuration value of the vision tower could not be read.
    case checkpoint(CheckpointError)
    /// A picture without pixels, or whose byte count is not 3 x width x height.
    case malformedImage(width: Int, height: Int, bytes: Int)
    /// A soft-token budget outside 1...`ResizePlan.maximumSoftTokens`.
    case budget(Int)
    /// No size that is a multiple of `side` pixels on both sides fits the budget.
    case impossibleSize(width: Int, height: Int, softTokens: Int, side: Int)
    /// The resized picture has more patch columns or rows than the checkpoint has learned positions.
    case positionTable(columns: Int, rows: Int, entries: Int)

    public var description: String {
        switch self {
        case .noVisionTower:
            "the checkpoint has no vision tower (config.json has no vision_config): use a checkpoint that sees, or switch video off"
        case .checkpoint(let error):
            "\(error)"
        case .malformedImage(let width, let height, let bytes):
            "a picture of \(width)x\(height) pixels needs \(3 * max(width, 0) * max(height, 0)) bytes of RGB and has \(bytes): give at least one pixel, 3 bytes each"
        case .budget(let softTokens):
            "a budget of \(softTokens) soft tokens is outside 1...\(ResizePlan.maximumSoftTokens): choose one inside, such as 70 for live frames or 280 for stills"
        case .impossibleSize(let width, let height, let softTokens, let side):
            "a picture of \(width)x\(height) pixels cannot be resized to multiples of \(side) pixels within \(softTokens) soft tokens: crop it or raise the budget"
        case .positionTable(let columns, let rows, let entries):
            "the resized picture has \(columns)x\(rows) patches, the checkpoint has positions for \(entries) a side: lower the soft-token budget or crop the picture"
        }
    }
}
