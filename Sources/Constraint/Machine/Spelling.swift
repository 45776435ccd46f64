/// How a character of a string is written in bytes.
enum Spelling: Hashable, Sendable {
    /// Inside JSON's quotes: as itself, but for what must be escaped, which has one escape each.
    case json
    /// Between the call syntax's quote tokens: as itself.
    case plain

    private static let short: [UInt32: UInt8] = [
        0x08: UInt8(ascii: "b"), 0x09: UInt8(ascii: "t"), 0x0A: UInt8(ascii: "n"), 0x0C: UInt8(ascii: "f"), 0x0D: UInt8(ascii: "r"),
        0x22: UInt8(ascii: "\""), 0x5C: UInt8(ascii: "\\"),
    ]

    /// What JSON must escape.
    static let escaped = ScalarSet([0...0x1F, 0x22...0x22, 0x5C...0x5C])

    /// The bytes of a character that is not written as itself; nil: it is.
    func escape(_ scalar: UInt32) -> [UInt8]? {
        guard self == .json else { return nil }
        if let letter = Self.short[scalar] { return [UInt8(ascii: "\\"), letter] }
        guard scalar < 0x20 else { return nil }
        let digits = Array("0123456789abcdef".utf8)
        return Array("\\u00".utf8) + [digits[Int(scalar >> 4)], digits[Int(scalar & 15)]]
    }

    /// A text of UTF-8.
    func bytes(_ text: [UInt8]) -> [UInt8] {
        guard self == .json else { return text }
        return text.flatMap { escape(UInt32($0)) ?? [$0] }
    }
}
