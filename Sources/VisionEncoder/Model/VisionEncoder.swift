public import Checkpoint
public import Media
package import Tensors

/// The vision tower of a Gemma 4 checkpoint: a picture in, soft tokens for the decoder out.
///
/// Immutable, shared by every stream. Sources: `Gemma4VisionModel` and `Gemma4ImageProcessorPil`, transformers 5.23.
public final class VisionEncoder: Sendable {
    public let configuration: VisionConfiguration
    /// Width of a soft token: the decoder's hidden size.
    public let outputSize: Int
    let embedding: PatchEmbedding
    let layers: [VisionLayer]
    let projection: SoftTokenProjection
    let rotary: AxialRotaryEmbedding
    let cost: VisionCost
    let pool: ThreadPool

    /// Reads `model.vision_tower` and `model.embed_vision`.
    /// - Throws: `noVisionTower` when config.json has no vision_config, `checkpoint` for a tensor that cannot be read.
    public init(checkpoint: Checkpoint) throws(VisionError) {
        guard let configuration = checkpoint.configuration.vision else { throw .noVisionTower }
        self.configuration = configuration
        outputSize = checkpoint.configuration.text.hiddenSize
        pool = checkpoint.root.pool
        let tower = checkpoint.visionTower
        do {
            embedding = try PatchEmbedding(tower.scope("patch_embedder"), configuration)
            var layers: [VisionLayer] = []
            for index in 0..<configuration.layerCount {
                layers.append(try VisionLayer(tower.scope("encoder.layers.\(index)"), configuration))
            }
            self.layers = layers
            projection = try SoftTokenProjection(
                tower: tower, embedder: checkpoint.visionEmbedder, configuration, outputs: outputSize)
        } catch {
            throw .checkpoint(error)
        }
        rotary = AxialRotaryEmbedding(
            heads: configuration.headCount, headDimension: configuration.headDimension, theta: configuration.ropeTheta)
        cost = VisionCost(configuration, outputSize: outputSize)
    }

    /// The size and grid for a picture; `softTokens` defaults to the checkpoint's own budget.
    /// - Throws: what `ResizePlan` throws, `positionTable` when the checkpoint has too few learned positions.
    public func plan(width: Int, height: Int, softTokens: Int? = nil) throws(VisionError) -> ResizePlan {
        let plan = try ResizePlan(
            width: width, height: height, softTokens: softTokens ?? configuration.softTokenBudget,
            patchSize: configuration.patchSize, pooling: configuration.poolingKernelSize)
        guard max(plan.patchColumns, plan.patchRows) <= embedding.entries else {
            throw .positionTable(columns: plan.patchColumns, rows: plan.patchRows, entries: embedding.entries)
        }
        return plan
    }

    /// Encodes a picture of any size.
    public func encode(_ image: RGBImage, softTokens: Int? = nil) throws(VisionError) -> SoftTokenGrid {
        let plan = try plan(width: image.width, height: image.height, softTokens: softTokens)
        return encode(try ImagePatches(image: image, plan: plan))
    }

    /// Encodes patches; `trace` receives every stage's output under its golden name.
    package func encode(_ patches: ImagePatches, trace: (String, Matrix) -> Void = { _, _ in }) -> SoftTokenGrid {
        let plan = patches.plan
        trace("vision.patches", patches.patches)
        trace(
            "vision.positions", Matrix(rows: plan.patchCount, columns: 2, values: patches.positions.flatMap { [Float($0.x), Float($0.y)] }))
        let indexes = 0..<plan.patchCount
        var x = embedding(patches.patches, indexes: indexes, columns: plan.patchColumns)
        trace("vision.patch_embed", x)
        for (index, layer) in layers.enumerated() {
            let projections = layer.project(x, patches: indexes, columns: plan.patchColumns, rotary: rotary)
            Operations.addInPlace(
                &x, layer.attentionBranch(queries: projections.queries, keys: projections.keys, values: projections.values))
            Operations.addInPlace(&x, layer.feedForwardBranch(x))
            trace("vision.layer.\(index)", x)
        }
        let pooled = projection.pool(x, plan: plan)
        trace("vision.tower_out", pooled)
        let tokens = projection.embed(pooled)
        trace("vision.soft_tokens", tokens)
        return SoftTokenGrid(rows: plan.tokenRows, columns: plan.tokenColumns, tokens: tokens)
    }
}
