import Checkpoint
import Layers
import Tensors

/// Patches to soft tokens: pooling, standardisation where the checkpoint asks for it, and the decoder's embedder.
///
///     pooled(X, Y) = sqrt(hidden) * mean of the pooling x pooling patches;   (pooled - std_bias) * std_scale
///     token = W RMS(pooled)
///
/// Source: `Gemma4VisionPooler`, `Gemma4VisionModel` and `Gemma4MultimodalEmbedder`, transformers 5.23.
struct SoftTokenProjection: Sendable {
    private let norm: RMSNorm
    private let projection: Linear
    private let bias: [Float]
    private let scale: [Float]

    /// - Parameters:
    ///   - tower: scope of the vision tower (std_bias, std_scale).
    ///   - embedder: scope of the embedder (embedding_projection).
    ///   - outputs: the decoder's hidden size.
    init(tower: WeightScope, embedder: WeightScope, _ configuration: VisionConfiguration, outputs: Int) throws(CheckpointError) {
        norm = RMSNorm(width: configuration.hiddenSize, epsilon: configuration.rmsNormEpsilon)
        projection = try Linear(embedder, "embedding_projection", inputs: configuration.hiddenSize, outputs: outputs)
        bias = configuration.standardize ? try tower.vector("std_bias", count: configuration.hiddenSize) : []
        scale = configuration.standardize ? try tower.vector("std_scale", count: configuration.hiddenSize) : []
    }

    /// [patches, hidden] -> [tokens, hidden], tokens row by row.
    func pool(_ x: Matrix, plan: ResizePlan) -> Matrix {
        let width = x.columns
        let factor = Float(width).squareRoot()
        let share = 1 / Float(plan.pooling * plan.pooling)
        var pooled = Matrix(zeros: plan.tokenCount, width)
        pooled.values.withUnsafeMutableBufferPointer { target in
            x.values.withUnsafeBufferPointer { source in
                for patch in 0..<plan.patchCount {
                    let token = patch / plan.patchColumns / plan.pooling * plan.tokenColumns + patch % plan.patchColumns / plan.pooling
                    for offset in 0..<width { target[token * width + offset] += source[patch * width + offset] * share }
                }
            }
            for index in 0..<target.count {
                target[index] *= factor
                if !scale.isEmpty { target[index] = (target[index] - bias[index % width]) * scale[index % width] }
            }
        }
        return pooled
    }

    /// [tokens, hidden] -> [tokens, decoder's hidden size]
    func embed(_ pooled: Matrix) -> Matrix {
        projection(norm(pooled))
    }
}
