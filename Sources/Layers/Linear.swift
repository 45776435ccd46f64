public import Checkpoint
public import Tensors

/// `y = x Wᵀ (+ b)`, `[n, inputs]` to `[n, outputs]`; clipped: `y = clamp(clamp(x, a, b) Wᵀ (+ bias), c, d)`
/// (Gemma4ClippableLinear of transformers).
public struct Linear: Sendable {
    public let weight: WeightMatrix
    public let bias: [Float]?
    public let clip: ClipRange?
    private let pool: ThreadPool

    /// Reads `name.weight` and, if `bias`, `name.bias`.
    ///
    /// A layer of a tower with clippable linears stores its weight as `name.linear.weight`, also where the config turns
    /// clipping off; both spellings are read. `clipped` adds the four scalars of `ClipRange`, if the file has them.
    public init(
        _ scope: WeightScope, _ name: String, inputs: Int, outputs: Int, clipped: Bool = false, bias: Bool = false
    ) throws(CheckpointError) {
        let own = scope.scope(name)
        let holder = own.has("linear.weight") ? own.scope("linear") : own
        let weight = try holder.matrix("weight", outputs: outputs, inputs: inputs)
        let offset = bias ? try holder.vector("bias", count: outputs) : nil
        let clip = clipped && own.has("input_min") ? try ClipRange(own) : nil
        self.init(weight: weight, bias: offset, clip: clip, pool: scope.pool)
    }

    public init(weight: WeightMatrix, bias: [Float]? = nil, clip: ClipRange? = nil, pool: ThreadPool) {
        precondition(bias == nil || bias!.count == weight.outputs, "a bias of \(bias?.count ?? 0) for \(weight.outputs) outputs")
        self.weight = weight
        self.bias = bias
        self.clip = clip
        self.pool = pool
    }

    public func callAsFunction(_ x: Matrix) -> Matrix {
        var y: Matrix
        if let clip {
            var clamped = x
            Operations.clampInPlace(&clamped, minimum: clip.inputMinimum, maximum: clip.inputMaximum)
            y = weight.multiply(clamped, pool: pool)
        } else {
            y = weight.multiply(x, pool: pool)
        }
        if let bias { Operations.addRowInPlace(&y, bias) }
        if let clip { Operations.clampInPlace(&y, minimum: clip.outputMinimum, maximum: clip.outputMaximum) }
        return y
    }
}
