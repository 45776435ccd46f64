import FoundationEssentials

extension Duration {
    /// Seconds as the wire writes them, to the millisecond: `"1.5s"`, `"0.045s"`.
    public var wire: String {
        let (seconds, attoseconds) = components
        let milliseconds = Double(seconds) * 1000 + (Double(attoseconds) / 1e15).rounded()
        let total = Int64(exactly: milliseconds.rounded()) ?? 0
        let magnitude = total.magnitude
        var text = String(magnitude / 1000)
        let fraction = magnitude % 1000
        if fraction > 0 {
            var digits = String(fraction)
            digits = String(repeating: "0", count: 3 - digits.count) + digits
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return (total < 0 ? "-" : "") + text + "s"
    }

    /// Parses `"1.5s"`: an optional sign, digits, at most nine decimals, `s`; nil for anything else.
    /// The limit is that of `google.protobuf.Duration`, ten thousand years.
    public init?(wire text: String) {
        var rest = text[...]
        guard rest.popLast() == "s" else { return nil }
        var negative = false
        if rest.first == "-" {
            negative = true
            rest = rest.dropFirst()
        }
        let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, whole.allSatisfy(\.isASCIIDigit),
            let seconds = Int64(whole), seconds <= 315_576_000_000
        else { return nil }
        var nanoseconds: Int64 = 0
        if parts.count == 2 {
            let fraction = parts[1]
            guard (1...9).contains(fraction.count), fraction.allSatisfy(\.isASCIIDigit) else { return nil }
            nanoseconds = Int64(fraction + String(repeating: "0", count: 9 - fraction.count)) ?? 0
        }
        let value = Duration.seconds(seconds) + .nanoseconds(nanoseconds)
        self = negative ? .zero - value : value
    }

    /// The same in floating point seconds.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}

/// Wall-clock time to the millisecond, as `mm.time` carries it.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded()))
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// RFC 3339 in UTC: `2026-11-21T05:02:11.123Z`.
    public var description: String {
        // The formatter cuts fractions in binary, which turns .123 into .122: the milliseconds are written here.
        let fraction = ((milliseconds % 1000) + 1000) % 1000
        let seconds = Date(timeIntervalSince1970: Double((milliseconds - fraction) / 1000))
        let text = seconds.formatted(Date.ISO8601FormatStyle())
        return text.dropLast() + "." + String(1000 + fraction).dropFirst() + "Z"
    }
}
