/// Literal replacement in UTF-8 bytes. Bytes, because `String` comparison takes canonically equivalent texts for the same and
/// a tokenizer must not.
enum Replacer {
    static func contains(_ pattern: [UInt8], in bytes: [UInt8]) -> Bool {
        first(pattern, in: bytes[...]) != nil
    }

    /// Non-overlapping occurrences from left to right.
    static func replace(_ replacement: TokenizerFile.Replacement, in bytes: [UInt8]) -> [UInt8] {
        let pattern = replacement.pattern
        guard var match = first(pattern, in: bytes[...]) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 4)
        var copied = 0
        while true {
            result += bytes[copied..<match]
            result += replacement.content
            copied = match + pattern.count
            guard let next = first(pattern, in: bytes[copied...]) else { break }
            match = next
        }
        result += bytes[copied...]
        return result
    }

    private static func first(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let head = pattern.first, bytes.count >= pattern.count else { return nil }
        let last = bytes.endIndex - pattern.count
        var index = bytes.startIndex
        while index <= last {
            if bytes[index] == head, pattern.count == 1 || bytes[index..<index + pattern.count].elementsEqual(pattern) { return index }
            index += 1
        }
        return nil
    }
}
