import Testing

/// Ways to divide a stream into pushes.
enum Division: CustomTestStringConvertible, Sendable {
    case fixed(Int)
    case random(upTo: Int, seed: UInt64)
    case everything

    static let sweep: [Division] = [
        .fixed(1), .fixed(160), .fixed(161), .fixed(640), .fixed(997), .random(upTo: 4_000, seed: 1),
        .random(upTo: 20_000, seed: 2), .everything,
    ]

    var testDescription: String {
        switch self {
        case .fixed(let size): "\(size) samples each"
        case .random(let limit, _): "1...\(limit) samples at random"
        case .everything: "everything at once"
        }
    }

    func pieces(of samples: [Float]) -> [[Float]] {
        switch self {
        case .fixed(let size): return Signal.pieces(samples) { size }
        case .random(let limit, let seed):
            var generator = SeededGenerator(seed: seed)
            return Signal.pieces(samples) { Int.random(in: 1...limit, using: &generator) }
        case .everything: return [samples]
        }
    }
}
