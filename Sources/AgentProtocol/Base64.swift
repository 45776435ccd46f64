/// Base64 (RFC 4648) as clients send it: the Python SDK writes the URL-safe alphabet with padding, JavaScript and Go the standard one.
enum Base64 {
    /// Decodes either alphabet, even mixed, with or without padding.
    /// - Throws: ``ProtocolError/invalidBase64(path:offset:problem:)`` with the offset of the first bad character.
    static func decode(_ text: String, path: String) throws(ProtocolError) -> [UInt8] {
        var text = text
        var end = text.utf8.count
        var offset = 0
        var bits: UInt32 = 0
        var pending = 0
        var output: [UInt8] = []
        output.reserveCapacity(end / 4 * 3 + 3)
        let bad: Int? = text.withUTF8 { bytes in
            var padding = 0
            while end > 0, padding < 2, bytes[end - 1] == UInt8(ascii: "=") {
                end -= 1
                padding += 1
            }
            while offset < end {
                let value = values[Int(bytes[offset])]
                if value == 0xFF { return Int(bytes[offset]) }
                bits = bits << 6 | UInt32(value)
                pending += 6
                if pending >= 8 {
                    pending -= 8
                    output.append(UInt8(truncatingIfNeeded: bits >> pending))
                }
                offset += 1
            }
            return nil
        }
        if let bad {
            let shown = (0x21...0x7E).contains(bad) ? "character '\(Character(Unicode.Scalar(UInt8(bad))))'" : "byte \(bad)"
            throw .invalidBase64(path: path, offset: offset, problem: shown)
        }
        if end < text.utf8.count, text.utf8.count % 4 != 0 {
            throw .invalidBase64(path: path, offset: end, problem: "incomplete padding")
        }
        // One character alone carries 6 bits: no byte ends there.
        if end % 4 == 1 { throw .invalidBase64(path: path, offset: end - 1, problem: "a single left-over character") }
        return output
    }

    /// 6-bit value of every byte, 0xFF for bytes of neither alphabet.
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        for (value, byte) in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8.enumerated() {
            table[Int(byte)] = UInt8(value)
        }
        for (byte, value) in zip("+-/_".utf8, [62, 62, 63, 63] as [UInt8]) { table[Int(byte)] = value }
        return table
    }()
}
