/// A set of Unicode scalars: ranges that are sorted, apart, and without surrogates.
struct ScalarSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []

    static let surrogates: ClosedRange<UInt32> = 0xD800...0xDFFF
    static let last: UInt32 = 0x10FFFF
    static let all = ScalarSet([0...last])

    init(_ ranges: [ClosedRange<UInt32>]) {
        var sorted: [ClosedRange<UInt32>] = []
        for range in ranges {
            if range.lowerBound < Self.surrogates.lowerBound {
                sorted.append(range.lowerBound...min(range.upperBound, Self.surrogates.lowerBound - 1))
            }
            if range.upperBound > Self.surrogates.upperBound {
                sorted.append(max(range.lowerBound, Self.surrogates.upperBound + 1)...range.upperBound)
            }
        }
        sorted.sort { $0.lowerBound < $1.lowerBound }
        for range in sorted {
            if let end = self.ranges.last?.upperBound, range.lowerBound <= end + 1 {
                let start = self.ranges.removeLast().lowerBound
                self.ranges.append(start...max(end, range.upperBound))
            } else {
                self.ranges.append(range)
            }
        }
    }

    init(_ scalars: String) { self.init(scalars.unicodeScalars.map { $0.value...$0.value }) }

    var isEmpty: Bool { ranges.isEmpty }

    func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(ranges + other.ranges) }

    var complement: ScalarSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return ScalarSet(gaps)
    }

    func subtracting(_ other: ScalarSet) -> ScalarSet { complement.union(other).complement }

    func intersection(_ other: ScalarSet) -> ScalarSet { complement.union(other.complement).complement }
}

/// `\d`, `\w` and `\s`. Validators differ in them: to ECMAScript `\d` and `\w` are ASCII, to Python they hold all of Unicode. What is
/// generated takes the narrow reading, and where a set is negated the complement of the broad one, so that all agree.
struct ShorthandSet {
    let narrow: ScalarSet
    let broad: ScalarSet

    var negated: ShorthandSet { ShorthandSet(narrow: broad.complement, broad: narrow.complement) }

    static func exactly(_ set: ScalarSet) -> ShorthandSet { ShorthandSet(narrow: set, broad: set) }

    static let digit: ShorthandSet = {
        let ascii = ScalarSet([0x30...0x39])
        // The decimal digits of other scripts, from Arabic's at U+0660 to those of old computers below U+20000.
        let others = (0x660...0x1_FFFF as ClosedRange<UInt32>).filter { Unicode.Scalar($0)?.properties.generalCategory == .decimalNumber }
        return ShorthandSet(narrow: ascii, broad: ascii.union(ScalarSet(others.map { $0...$0 })))
    }()

    static let word: ShorthandSet = {
        let ascii = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
        return ShorthandSet(narrow: ascii, broad: ascii.union(ScalarSet([0x80...ScalarSet.last])))
    }()

    static let space: ShorthandSet = {
        let ascii = ScalarSet([0x09...0x0D, 0x20...0x20])
        let others = ScalarSet([
            0x1C...0x1F, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x180E...0x180E, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
            0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
        ])
        return ShorthandSet(narrow: ascii, broad: ascii.union(others))
    }()

    /// `.`: all but what ends a line to anyone.
    static let dot = ScalarSet("\n\u{0B}\u{0C}\r\u{85}\u{2028}\u{2029}").complement
}
