import Checkpoint

/// Multiply-accumulates of the tower's steps: what "share of the dense work" is measured in.
///
/// Products with weights, queries with keys and weights with values count; norms, rotations and sums do not (below 1 %).
struct VisionCost: Sendable {
    /// One patch through the patch embedding.
    let patch: Int
    /// One token's query, key and value projections.
    let projections: Int
    /// One query row against one key row and its value.
    let attentionPair: Int
    /// One token's output projection.
    let output: Int
    /// One token through the feed-forward network.
    let feedForward: Int
    /// One soft token through the embedder.
    let softToken: Int
    let layers: Int

    init(_ configuration: VisionConfiguration, outputSize: Int) {
        let hidden = configuration.hiddenSize
        let attended = configuration.headCount * configuration.headDimension
        patch = 3 * configuration.patchSize * configuration.patchSize * hidden
        projections = 3 * hidden * attended
        attentionPair = 2 * attended
        output = attended * hidden
        feedForward = 3 * hidden * configuration.intermediateSize
        softToken = hidden * outputSize
        layers = configuration.layerCount
    }

    /// A dense pass over a whole picture.
    func dense(_ plan: ResizePlan) -> Int {
        let n = plan.patchCount
        return n * patch + layers * n * (projections + attentionPair * n + output + feedForward) + plan.tokenCount * softToken
    }
}
