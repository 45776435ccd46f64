public import Checkpoint
public import Tensors

/// `x / sqrt(mean(x²) + ε) * w`, statistics in f32, the weight as it is stored (Gemma 4 adds no 1); without a weight, w = 1.
public struct RMSNorm: Sendable {
    public let width: Int
    public let epsilon: Float
    public let weight: [Float]?

    /// Reads `name.weight`, `[width]`.
    public init(_ scope: WeightScope, _ name: String, width: Int, epsilon: Float = 1e-6) throws(CheckpointError) {
        self.init(width: width, weight: try scope.scope(name).vector("weight", count: width), epsilon: epsilon)
    }

    /// Without a scale, or with a given one.
    public init(width: Int, weight: [Float]? = nil, epsilon: Float = 1e-6) {
        precondition(weight == nil || weight!.count == width, "a weight of \(weight?.count ?? 0) for width \(width)")
        self.width = width
        self.weight = weight
        self.epsilon = epsilon
    }

    /// Each row over all columns, `[n, width]`.
    public func callAsFunction(_ x: Matrix) -> Matrix {
        precondition(x.columns == width, "\(x.columns) columns normalised over \(width)")
        return Operations.rmsNorm(x, weight: weight, epsilon: epsilon)
    }

    /// Each head of each row alone, `[n, count * width]`.
    public func heads(_ x: Matrix, count: Int) -> Matrix {
        precondition(x.columns == count * width, "\(x.columns) columns are not \(count) heads of \(width)")
        return Operations.rmsNorm(x, groups: count, weight: weight, epsilon: epsilon)
    }
}
