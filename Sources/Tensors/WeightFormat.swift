/// How a weight matrix is held in memory and computed with.
public enum WeightFormat: String, Sendable, CaseIterable {
    case f32
    case bf16
    /// 8-bit integers in blocks of 32 that share one scale.
    case q8
}
