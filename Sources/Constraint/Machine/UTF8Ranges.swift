/// Ranges of scalars as sequences of byte ranges: what UTF-8 writes them with.
enum UTF8Ranges {
    typealias Sequence = [ClosedRange<UInt8>]

    static func sequences(_ range: ClosedRange<UInt32>) -> [Sequence] {
        var found: [Sequence] = []
        // By the number of bytes.
        for (length, limits) in [(1, 0...0x7F), (2, 0x80...0x7FF), (3, 0x800...0xFFFF), (4, 0x1_0000...0x10_FFFF)]
            as [(Int, ClosedRange<UInt32>)]
        where range.overlaps(limits) {
            split(range.clamped(to: limits), length, &found)
        }
        return found
    }

    /// Halves a range until every byte of it goes its way independently of the others.
    private static func split(_ range: ClosedRange<UInt32>, _ length: Int, _ found: inout [Sequence]) {
        let (low, high) = (range.lowerBound, range.upperBound)
        for continuation in stride(from: length - 1, to: 0, by: -1) {
            let mask: UInt32 = 1 << (6 * UInt32(continuation)) - 1
            // Below this byte both ends may differ only if they span everything there.
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 {
                split(low...low | mask, length, &found)
                split((low | mask) + 1...high, length, &found)
                return
            }
            if high & mask != mask {
                split(low...(high & ~mask) - 1, length, &found)
                split(high & ~mask...high, length, &found)
                return
            }
        }
        let (first, last) = (bytes(low, length), bytes(high, length))
        found.append(zip(first, last).map { $0...$1 })
    }

    private static func bytes(_ scalar: UInt32, _ length: Int) -> [UInt8] {
        guard length > 1 else { return [UInt8(scalar)] }
        let lead: [UInt8] = [0, 0, 0xC0, 0xE0, 0xF0]
        return (0..<length).map { place in
            let bits = scalar >> (6 * UInt32(length - 1 - place))
            return place == 0 ? lead[length] | UInt8(bits) : 0x80 | UInt8(bits & 0x3F)
        }
    }
}
