/// Whether text that arrives in pieces is UTF-8, as soon as it shows: characters may be cut anywhere.
package struct UTF8Progress {
    /// The bytes of a character that is not whole yet: three at most.
    private var begun: [UInt8] = []

    package init() {}

    /// - Parameter atEnd: whether nothing follows.
    package mutating func isBroken(by piece: some Collection<UInt8>, atEnd: Bool) -> Bool {
        let bytes = begun + piece
        let whole = bytes.count - Self.tail(of: bytes)
        begun = Array(bytes[whole...])
        guard (try? UTF8Span(validating: bytes.span.extracting(..<whole))) != nil else { return true }
        return !begun.isEmpty && (atEnd || !Self.mayBegin(begun))
    }

    /// How many bytes at the end are the beginning of a character whose rest is missing.
    private static func tail(of bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? back : 0
        }
        return 0
    }

    /// Whether some rest makes a character of it: overlong forms, surrogates and what lies beyond U+10FFFF are told by the second byte.
    private static func mayBegin(_ bytes: [UInt8]) -> Bool {
        switch bytes[0] {
        case 0xC2...0xDF, 0xE1...0xEC, 0xEE, 0xEF, 0xF1...0xF3: true
        case 0xE0: bytes.count < 2 || bytes[1] >= 0xA0
        case 0xED: bytes.count < 2 || bytes[1] < 0xA0
        case 0xF0: bytes.count < 2 || bytes[1] >= 0x90
        case 0xF4: bytes.count < 2 || bytes[1] < 0x90
        default: false
        }
    }
}
