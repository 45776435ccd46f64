import Checkpoint
import Media
import Tensors
import VisionEncoder

/// Frames on their way into the cache: encodes them and says which of their soft tokens the decoder is told.
///
/// In `sparse` mode a model that was trained for it (`vision.delta_frames` in its mmagent.json) is told between two dense
/// passes only the tokens that moved; its tokens themselves carry their place in the picture. Every other model gets whole
/// frames, the only ones it knows.
struct VideoIntake: Sendable {
    struct Told: Sendable {
        /// [tokens, decoder's hidden size]; none if nothing moved far enough.
        let tokens: Matrix
        let isWhole: Bool
        let work: Double
        let changedTokens: Int
        let gridTokens: Int
    }

    /// Where in the cache the frame begins that was told whole and to which the newer ones add; set by the stream.
    var wholeFrame: Int64?
    private var frames: FrameStream
    private let tellsMovedTokens: Bool

    init?(_ model: AgentModel, _ options: StreamOptions) {
        guard let encoder = model.visionEncoder else { return nil }
        frames = FrameStream(encoder: encoder, mode: options.visionMode, softTokens: options.softTokens, gate: options.changeGate)
        tellsMovedTokens = options.visionMode != .exact && model.extras?.takesDeltaFrames == true
    }

    /// - Returns: nil for a frame that shows nothing new.
    /// - Throws: what `FrameStream.push` throws.
    mutating func push(_ frame: VideoFrame, budget: Int?) throws(VisionError) -> Told? {
        frames.softTokens = budget
        guard case .changed(let grid, let changedTokens, let work, let dense) = try frames.push(frame.image, at: frame.time) else {
            return nil
        }
        let isWhole = dense || !tellsMovedTokens
        return Told(
            tokens: isWhole ? grid.tokens : grid.tokens(at: changedTokens), isWhole: isWhole, work: work,
            changedTokens: changedTokens.count, gridTokens: grid.tokens.rows)
    }

    /// The picture as it was last told, all of it; nil before the first frame.
    func whole() -> Told? {
        frames.grid.map { Told(tokens: $0.tokens, isWhole: true, work: 0, changedTokens: 0, gridTokens: $0.tokens.rows) }
    }

    /// Relative RMS error of the newest sparse frame against a dense pass of it; nil before the first frame.
    func error() -> Double? { frames.grid == nil ? nil : frames.denseError() }
}
