import Checkpoint
public import Media
public import Tensors

extension VisionEncoder {
    /// Encodes a picture, and gives what the tower computed before the decoder's embedder, for other heads than the decoder.
    /// - Parameter towerOutput: replaced by `[soft tokens, configuration.hiddenSize]`, row by row of the grid.
    public func encode(_ image: RGBImage, softTokens: Int? = nil, towerOutput: inout Matrix) throws(VisionError) -> SoftTokenGrid {
        let plan = try plan(width: image.width, height: image.height, softTokens: softTokens)
        let patches = try ImagePatches(image: image, plan: plan)
        return encode(patches) { stage, output in
            if stage == "vision.tower_out" { towerOutput = output }
        }
    }
}
