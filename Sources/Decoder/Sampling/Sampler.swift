import Foundation

/// Chooses tokens from logits: greedy, or temperature, then top-k, then top-p, then one draw from a seeded generator.
///
/// A value: a copy draws the same tokens. NaN logits count as impossible tokens.
public struct Sampler: Sendable {
    public let parameters: SamplingParameters
    private var generator: SplitMix64

    /// - Throws: `SamplingError` naming the parameter outside its range.
    public init(_ parameters: SamplingParameters = .greedy) throws(SamplingError) {
        try parameters.validate()
        self.parameters = parameters
        generator = SplitMix64(seed: parameters.seed)
    }

    /// The next token id for one row of logits; 0 when there are none.
    public mutating func sample(_ logits: [Float]) -> Int32 {
        if parameters.temperature == 0 { return Self.greedy(logits) }
        let unit = generator.nextUnit()
        let candidates = candidates(logits)
        var remaining = unit * candidates.reduce(0) { $0 + $1.weight }
        for candidate in candidates {
            remaining -= candidate.weight
            if remaining < 0 { return candidate.id }
        }
        return candidates.last?.id ?? Self.greedy(logits)
    }

    /// The id of the largest logit; the lowest id wins ties.
    public static func greedy(_ logits: [Float]) -> Int32 {
        var best = 0
        var maximum = -Float.infinity
        for (id, logit) in logits.enumerated() where logit > maximum {
            maximum = logit
            best = id
        }
        return Int32(best)
    }

    struct Candidate {
        let id: Int32
        /// exp((logit - maximum) / temperature), not normalised.
        let weight: Double
    }

    /// What may be drawn; ordered by falling probability, then rising id, when top-k or top-p restrict it.
    func candidates(_ logits: [Float]) -> [Candidate] {
        guard let maximum = logits.lazy.filter({ !$0.isNaN }).max(), maximum > -.infinity else { return [] }
        // An infinite logit would make every difference NaN; a large finite one keeps its meaning.
        let ceiling = Double(min(maximum, .greatestFiniteMagnitude))
        var found: [Candidate] = []
        found.reserveCapacity(logits.count)
        for (id, logit) in logits.enumerated() where logit > -.infinity {
            let weight = exp((Double(min(logit, .greatestFiniteMagnitude)) - ceiling) / parameters.temperature)
            if weight > 0 { found.append(Candidate(id: Int32(id), weight: weight)) }
        }
        let restrictsCount = parameters.topK > 0 && parameters.topK < found.count
        guard restrictsCount || parameters.topP < 1 else { return found }

        if !restrictsCount {
            // Tokens below (1 - p) / n of the total have less than 1 - p together, so the nucleus never reaches them: dropping them
            // before the sort spares most of a 262144-token vocabulary.
            let total = found.reduce(0) { $0 + $1.weight }
            let floor = (1 - parameters.topP) * total / Double(found.count)
            found.removeAll { $0.weight < floor }
            found.sort(by: Self.precedes)
            return Self.nucleus(found, reaching: parameters.topP * total)
        }
        found = Self.largest(parameters.topK, of: found)
        guard parameters.topP < 1 else { return found }
        return Self.nucleus(found, reaching: parameters.topP * found.reduce(0) { $0 + $1.weight })
    }

    private static func precedes(_ a: Candidate, _ b: Candidate) -> Bool {
        a.weight > b.weight || a.weight == b.weight && a.id < b.id
    }

    /// The shortest head of a sorted list whose weights sum to `mass`; never empty.
    private static func nucleus(_ sorted: [Candidate], reaching mass: Double) -> [Candidate] {
        var sum = 0.0
        for (index, candidate) in sorted.enumerated() {
            sum += candidate.weight
            if sum >= mass { return Array(sorted[...index]) }
        }
        return sorted
    }

    /// The `count` first candidates in order, without sorting all: a buffer of twice the size is sorted and cut when it is full, and
    /// what does not precede the last one kept is passed over.
    private static func largest(_ count: Int, of candidates: [Candidate]) -> [Candidate] {
        var head: [Candidate] = []
        head.reserveCapacity(2 * count)
        var last: Candidate?
        for candidate in candidates {
            if let last, !precedes(candidate, last) { continue }
            head.append(candidate)
            if head.count == 2 * count {
                head.sort(by: precedes)
                head.removeLast(count)
                last = head[count - 1]
            }
        }
        head.sort(by: precedes)
        return Array(head.prefix(count))
    }
}
