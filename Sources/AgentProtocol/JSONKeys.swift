/// Finds a key that stands twice in one object.
///
/// Foundation's decoder keeps one of the two and does not say which, so that what the other asked for would vanish. Keys are compared as
/// the values are kept: as strings, so that two spellings of "é" are one key.
enum JSONKeys {
    /// - Parameter bytes: valid JSON, with keys of the lengths that ``JSONText`` allows.
    /// - Returns: the first key that its object has already; nil: there is none.
    static func duplicate(in bytes: UnsafeRawBufferPointer) -> String? {
        // The keys of each object that is open; nil for an array.
        var open: [Set<String>?] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"): open.append([])
            case UInt8(ascii: "["): open.append(nil)
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = open.popLast()
            case UInt8(ascii: "\""):
                let text = string(in: bytes, after: index)
                index = text.upperBound + 1
                while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
                guard index < bytes.count, bytes[index] == UInt8(ascii: ":"), let last = open.indices.last else { continue }
                let key = unescaped(UnsafeRawBufferPointer(rebasing: bytes[text]))
                if open[last]?.insert(key).inserted == false { return key }
            default: break
            }
            index += 1
        }
        return nil
    }

    /// What stands between a quotation mark and the next one that is not escaped.
    private static func string(in bytes: UnsafeRawBufferPointer, after quote: Int) -> Range<Int> {
        var end = quote + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        return quote + 1..<min(end, bytes.count)
    }

    private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var units: [UInt16] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                let end = bytes[index...].firstIndex(of: UInt8(ascii: "\\")) ?? bytes.count
                units += String(decoding: bytes[index..<max(end, index + 1)], as: UTF8.self).utf16
                index = max(end, index + 1)
                continue
            }
            let letter = bytes[index + 1]
            index += 2
            switch letter {
            case UInt8(ascii: "u"):
                let end = min(index + 4, bytes.count)
                units.append(UInt16(String(decoding: bytes[index..<end], as: UTF8.self), radix: 16) ?? 0xFFFD)
                index = end
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            default: units.append(UInt16(letter))
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
