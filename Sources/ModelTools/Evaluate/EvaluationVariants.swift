public import Tensors

/// A run of an evaluation that can be compared with another one of the same.
public protocol EvaluationVariant {
    var weights: WeightFormat { get set }
    var isSparse: Bool { get set }
}

extension EvaluationVariant {
    /// The two runs of `--compare`: `exact,sparse`, or two weight formats as `f32,q8`.
    public func compared(_ list: String) throws(EvaluationError) -> [Self] {
        let names = list.split(separator: ",").map(String.init)
        guard names.count == 2, names[0] != names[1] else { throw .compare(list) }
        let formats = names.compactMap(WeightFormat.init(rawValue:))
        let modes = names.filter { ["exact", "sparse"].contains($0) }
        guard formats.count == 2 || modes.count == 2 else { throw .compare(list) }
        return (0..<2).map { index in
            var run = self
            if formats.count == 2 { run.weights = formats[index] } else { run.isSparse = modes[index] == "sparse" }
            return run
        }
    }

    /// As it is called among others.
    public var variant: String { "\(weights.rawValue), \(isSparse ? "sparse" : "exact")" }
}
