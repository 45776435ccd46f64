import Media
import Tensors

/// What every token last gave in every layer, and the update of only those tokens whose input moved.
///
/// Follows the idea of Eventful Transformers (Dutson, Li, Gupta, 2023): gate on the movement of a token since it was last
/// processed, keep the outputs of the others. Here the gates stand before attention and before the feed-forward network, and only
/// gated queries are attended, plus those whose keys and values moved too far under them.
///
/// Memory: 7 floats x hidden size a patch and layer, constant over time (217 MB at 630 patches x 768 wide x 16 layers,
/// 3.9 MB at 216 x 160 x 4).
struct SparseTower: Sendable {
    private struct LayerCache: Sendable {
        /// [patches, hidden]: the residual stream when the token was last projected.
        var input: Matrix
        /// [patches, heads * headDimension], as last projected.
        var queries: Matrix
        var keys: Matrix
        var values: Matrix
        /// [patches, hidden]: what attention last added to the token.
        var attentionBranch: Matrix
        /// How far keys and values moved since the token's last attention: the sum of the updates' relative movements, which
        /// bounds the movement of the whole from above.
        var drift: [Float]
        /// |K|² + |V|² at the last dense pass.
        var squaredNorm: Double
        /// [patches, hidden]: the input and the output of the feed-forward network when it last saw the token.
        var feedForwardInput: Matrix
        var feedForwardBranch: Matrix
    }

    private let encoder: VisionEncoder
    let plan: ResizePlan
    private var embedded: Matrix
    private var layers: [LayerCache] = []
    private var pooled: Matrix
    /// [tokens, decoder's hidden size]
    private(set) var tokens: Matrix

    /// The dense pass, with every intermediate result kept; equals `VisionEncoder.encode`.
    init(_ encoder: VisionEncoder, _ image: RGBImage, plan: ResizePlan) {
        self.encoder = encoder
        self.plan = plan
        let all = 0..<plan.patchCount
        embedded = encoder.embedding(ImagePatches(resized: image, plan: plan).patches, indexes: all, columns: plan.patchColumns)
        var x = embedded
        for layer in encoder.layers {
            let input = x
            let projections = layer.project(x, patches: all, columns: plan.patchColumns, rotary: encoder.rotary)
            let attentionBranch = layer.attentionBranch(
                queries: projections.queries, keys: projections.keys, values: projections.values)
            Operations.addInPlace(&x, attentionBranch)
            let feedForwardInput = x
            let feedForwardBranch = layer.feedForwardBranch(x)
            Operations.addInPlace(&x, feedForwardBranch)
            layers.append(
                LayerCache(
                    input: input, queries: projections.queries, keys: projections.keys, values: projections.values,
                    attentionBranch: attentionBranch, drift: [Float](repeating: 0, count: plan.patchCount),
                    squaredNorm: projections.keys.squaredNorm + projections.values.squaredNorm,
                    feedForwardInput: feedForwardInput, feedForwardBranch: feedForwardBranch))
        }
        pooled = encoder.projection.pool(x, plan: plan)
        tokens = encoder.projection.embed(pooled)
    }

    /// Bytes held, which depend on the plan alone.
    var bytes: Int {
        let layerValues = layers.reduce(0) { sum, layer in
            sum + layer.input.values.count + layer.queries.values.count + layer.keys.values.count + layer.values.values.count
                + layer.attentionBranch.values.count + layer.drift.count + layer.feedForwardInput.values.count
                + layer.feedForwardBranch.values.count
        }
        return (embedded.values.count + layerValues + pooled.values.count + tokens.values.count) * MemoryLayout<Float>.size
    }

    /// Takes over the changed patches of a picture.
    /// - Returns: multiply-accumulates spent.
    mutating func update(_ image: RGBImage, changed: [Int], _ parameters: SparseParameters) -> Int {
        let cost = encoder.cost
        let patches = ImagePatches.cut(image, plan: plan, indexes: changed)
        embedded.scatter(encoder.embedding(patches, indexes: changed, columns: plan.patchColumns), to: changed)
        var work = changed.count * cost.patch
        var x = embedded
        for index in encoder.layers.indices {
            work += updateAttention(index, x, parameters)
            Operations.addInPlace(&x, layers[index].attentionBranch)
            let moved = x.rows(movedFrom: layers[index].feedForwardInput, beyond: parameters.inputThreshold)
            if !moved.isEmpty {
                let rows = x.gather(moved)
                layers[index].feedForwardBranch.scatter(encoder.layers[index].feedForwardBranch(rows), to: moved)
                layers[index].feedForwardInput.scatter(rows, to: moved)
                work += moved.count * cost.feedForward
            }
            Operations.addInPlace(&x, layers[index].feedForwardBranch)
        }
        let fresh = encoder.projection.pool(x, plan: plan)
        // The embedder is below 1 % of the work: every soft token that moved at all goes through it.
        let moved = fresh.rows(movedFrom: pooled, beyond: 0)
        if !moved.isEmpty {
            let rows = fresh.gather(moved)
            tokens.scatter(encoder.projection.embed(rows), to: moved)
            pooled.scatter(rows, to: moved)
            work += moved.count * cost.softToken
        }
        return work
    }

    /// Brings one layer's projections and attention outputs up to date with the residual stream `x` before the layer.
    private mutating func updateAttention(_ index: Int, _ x: Matrix, _ parameters: SparseParameters) -> Int {
        let cost = encoder.cost
        let layer = encoder.layers[index]
        let moved = x.rows(movedFrom: layers[index].input, beyond: parameters.inputThreshold)
        if !moved.isEmpty {
            let rows = x.gather(moved)
            let projections = layer.project(rows, patches: moved, columns: plan.patchColumns, rotary: encoder.rotary)
            let distance =
                projections.keys.squaredDistance(toRows: moved, of: layers[index].keys)
                + projections.values.squaredDistance(toRows: moved, of: layers[index].values)
            let movement = Float((distance / max(layers[index].squaredNorm, .leastNormalMagnitude)).squareRoot())
            layers[index].input.scatter(rows, to: moved)
            layers[index].queries.scatter(projections.queries, to: moved)
            layers[index].keys.scatter(projections.keys, to: moved)
            layers[index].values.scatter(projections.values, to: moved)
            for token in layers[index].drift.indices { layers[index].drift[token] += movement }
            // A token whose own query moved is attended whatever the drift.
            for token in moved { layers[index].drift[token] = .infinity }
        }
        let attended = layers[index].drift.indices.filter {
            layers[index].drift[$0] > parameters.attentionThreshold || layers[index].drift[$0] == .infinity
        }
        if !attended.isEmpty {
            let branch = layer.attentionBranch(
                queries: layers[index].queries.gather(attended), keys: layers[index].keys, values: layers[index].values)
            layers[index].attentionBranch.scatter(branch, to: attended)
            for token in attended { layers[index].drift[token] = 0 }
        }
        return moved.count * cost.projections + attended.count * (cost.attentionPair * plan.patchCount + cost.output)
    }
}
