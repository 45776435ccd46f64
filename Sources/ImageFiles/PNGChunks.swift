/// The chunks of a PNG (ISO 15948), as far as they lie wholly in it.
struct PNGChunks: Sequence {
    private let bytes: [UInt8]
    /// What a picture's pixels and colours are made of.
    private static let wanted: Set<String> = ["IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "sBIT"]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A chunk: its name, its contents, and where it lies with its length and check sum.
    func makeIterator() -> AnyIterator<(name: String, body: ArraySlice<UInt8>, range: Range<Int>)> {
        var at = 8
        return AnyIterator {
            guard at + 12 <= bytes.count else { return nil }
            let length = bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
            guard at + 12 + length <= bytes.count else { return nil }
            let range = at..<at + 12 + length
            at = range.upperBound
            let name = bytes[range].dropFirst(4).prefix(4)
            return (String(decoding: name, as: UTF8.self), bytes[range].dropFirst(8).dropLast(4), range)
        }
    }

    /// The PNG without what the decoder would unpack and keep although nobody wants it: a thousand texts of 8 MB each fit in one
    /// line. What follows the last whole chunk stays, so that the decoder says what is wrong with it.
    var forDecoding: [UInt8] {
        var kept = Array(bytes.prefix(8))
        var end = 8
        for chunk in self {
            if Self.wanted.contains(chunk.name) { kept += bytes[chunk.range] }
            end = chunk.range.upperBound
        }
        return kept + bytes[end...]
    }
}
