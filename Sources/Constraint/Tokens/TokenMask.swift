/// The tokens that may come next, one bit each: 32 KiB at 262 144 tokens.
public struct TokenMask: Sendable, Equatable {
    /// Bit i of word w is token 64 w + i.
    package internal(set) var words: [UInt64]
    /// The tokens of the vocabulary.
    public let count: Int

    init(count: Int) {
        self.count = count
        words = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    public func contains(_ token: Int32) -> Bool {
        token >= 0 && Int(token) < count && words[Int(token) >> 6] & (1 << UInt64(token & 63)) != 0
    }

    mutating func insert(_ token: Int32) {
        if token >= 0, Int(token) < count { words[Int(token) >> 6] |= 1 << UInt64(token & 63) }
    }

    mutating func formUnion(_ other: TokenMask) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    public var allowed: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// The only token; nil: there are several, or none. It needs no forward pass to be chosen.
    public var only: Int32? {
        guard allowed == 1, let word = words.firstIndex(where: { $0 != 0 }) else { return nil }
        return Int32(word * 64 + words[word].trailingZeroBitCount)
    }

    /// Makes every other token impossible: `-infinity`. Logits beyond the vocabulary are other tokens.
    public func apply(to logits: inout [Float]) {
        let covered = min(logits.count, words.count * 64)
        logits.withUnsafeMutableBufferPointer { logits in
            for index in 0..<(covered + 63) / 64 {
                let word = words[index]
                if word == .max, (index + 1) * 64 <= covered { continue }
                let range = index * 64..<min((index + 1) * 64, covered)
                if word == 0 {
                    logits[range].update(repeating: -.infinity)
                } else {
                    for place in range where word >> UInt64(place & 63) & 1 == 0 { logits[place] = -.infinity }
                }
            }
            if covered < logits.count { logits[covered...].update(repeating: -.infinity) }
        }
    }
}
