import Checkpoint
import Tensors

/// The ranges a clipped linear layer clamps to before and after the product; infinite bounds mean "off".
public struct ClipRange: Sendable, Equatable {
    public var inputMinimum: Float
    public var inputMaximum: Float
    public var outputMinimum: Float
    public var outputMaximum: Float

    public init(inputMinimum: Float, inputMaximum: Float, outputMinimum: Float, outputMaximum: Float) {
        self.inputMinimum = inputMinimum
        self.inputMaximum = inputMaximum
        self.outputMinimum = outputMinimum
        self.outputMaximum = outputMaximum
    }

    /// The four scalars beside the weight: `input_min`, `input_max`, `output_min`, `output_max`.
    init(_ scope: WeightScope) throws(CheckpointError) {
        inputMinimum = try scope.scalar("input_min", mayBeInfinite: true)
        inputMaximum = try scope.scalar("input_max", mayBeInfinite: true)
        outputMinimum = try scope.scalar("output_min", mayBeInfinite: true)
        outputMaximum = try scope.scalar("output_max", mayBeInfinite: true)
    }
}
