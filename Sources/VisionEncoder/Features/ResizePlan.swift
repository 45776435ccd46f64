import Foundation

/// The size a picture is resized to so that it costs at most a given number of soft tokens, and the grids that follow from it.
///
/// A soft token covers `pooling x pooling` patches of `patchSize x patchSize` pixels (3 and 16 in Gemma 4: 48 pixels a side).
/// Sizes follow `get_aspect_ratio_preserving_size` of transformers 5.23 (image_processing_gemma4): the aspect ratio is kept up
/// to rounding down to whole soft tokens, and small pictures are scaled up. The reference allows five budgets; this allows any.
public struct ResizePlan: Sendable, Equatable {
    /// Largest accepted budget: 4096 soft tokens are 36 864 patches, 113 MB of them in f32.
    public static let maximumSoftTokens = 4096

    /// Pixels of the resized picture.
    public let width: Int
    public let height: Int
    public let patchSize: Int
    public let pooling: Int

    /// Patches a row, patches a column.
    public var patchColumns: Int { width / patchSize }
    public var patchRows: Int { height / patchSize }
    public var patchCount: Int { patchColumns * patchRows }
    /// Soft tokens a row, soft tokens a column.
    public var tokenColumns: Int { patchColumns / pooling }
    public var tokenRows: Int { patchRows / pooling }
    public var tokenCount: Int { tokenColumns * tokenRows }

    /// - Throws: `malformedImage` for a side below 1, `budget` outside 1...4096, `impossibleSize` when no size fits.
    public init(width: Int, height: Int, softTokens: Int, patchSize: Int = 16, pooling: Int = 3) throws(VisionError) {
        (self.width, self.height) = try Self.target(
            width: width, height: height, softTokens: softTokens, patchSize: patchSize, pooling: pooling)
        self.patchSize = patchSize
        self.pooling = pooling
    }

    /// Width and height in pixels for a budget; multiples of `patchSize * pooling`.
    public static func target(
        width: Int, height: Int, softTokens: Int, patchSize: Int = 16, pooling: Int = 3
    ) throws(VisionError) -> (width: Int, height: Int) {
        guard (1...maximumSoftTokens).contains(softTokens) else { throw .budget(softTokens) }
        guard width > 0, height > 0 else { throw .malformedImage(width: width, height: height, bytes: 0) }
        let side = patchSize * pooling
        let pixels = softTokens * side * side
        // f = sqrt(budget in pixels / pixels of the picture); each side times f, rounded down to whole soft tokens.
        let factor = (Double(pixels) / (Double(width) * Double(height))).squareRoot()
        var targetWidth = Int((factor * Double(width) / Double(side)).rounded(.down)) * side
        var targetHeight = Int((factor * Double(height) / Double(side)).rounded(.down)) * side
        let impossible = VisionError.impossibleSize(width: width, height: height, softTokens: softTokens, side: side)
        // A side that rounds to nothing becomes one soft token; the other follows from the whole part of the aspect ratio.
        switch (targetWidth, targetHeight) {
        case (0, 0):
            throw impossible
        case (_, 0):
            targetHeight = side
            targetWidth = min(width / height, softTokens) * side
        case (0, _):
            targetWidth = side
            targetHeight = min(height / width, softTokens) * side
        default:
            break
        }
        guard targetWidth > 0, targetHeight > 0, targetWidth * targetHeight <= pixels else { throw impossible }
        return (targetWidth, targetHeight)
    }
}
