extension Figure {
    private static let resamples = 1000

    /// A statistic of values that come together, as the word errors of an utterance, with the interval of resampling them
    /// (Efron 1979); nil of none.
    static func resampled<Value>(
        _ values: [Value], unit: Unit, seed: UInt64 = 1, statistic: ([Value]) -> Double
    ) -> Figure? {
        guard !values.isEmpty else { return nil }
        var generator = SeededGenerator(seed: seed)
        let results = (0..<resamples).map { _ in
            statistic(values.indices.map { _ in values[Int.random(in: values.indices, using: &generator)] })
        }.sorted()
        func percentile(_ share: Double) -> Double { results[Int((share * Double(results.count - 1)).rounded())] }
        return Figure(
            value: statistic(values), low: percentile(0.025), high: percentile(0.975), n: values.count, unit: unit, interval: .bootstrap)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same resamples in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}
