/// A pull parser over the bytes of one JSON document (RFC 8259).
///
/// Foundation's parser is not used for model files because it keeps the last of two equal keys silently and compares keys
/// as `String` does, by canonical equivalence: vocabularies hold both spellings of "é" as different tokens.
///
/// Depth is limited to `maximumDepth`; every error names the byte at which it was found. Nothing here traps on any input.
package struct JSONReader {
    package static let maximumDepth = 64
    /// Longer keys and names are refused. The longest tensor name of E2B has 89 bytes; to compare or hash a string that is not plain
    /// Swift puts its combining marks in order, in a time that grows with the square of their number.
    package static let maximumNameBytes = 256

    package enum Kind: Sendable {
        case object, array, string, number, boolean, null
    }

    private let bytes: [UInt8]
    package private(set) var position = 0
    private var depth = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    // MARK: Structure

    /// The kind of the value that comes next; nothing is consumed but white space.
    package mutating func peek() throws(JSONError) -> Kind {
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"): return .number
        case nil: throw problem("the text ends where a value is expected")
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return .number
        default: throw problem("a value is expected")
        }
    }

    package mutating func beginObject() throws(JSONError) {
        try open(UInt8(ascii: "{"), "an object")
    }

    /// The next key of the object that was begun, or nil after its closing brace.
    package mutating func nextKey(first: inout Bool) throws(JSONError) -> [UInt8]? {
        guard try nextItem(first: &first, closing: UInt8(ascii: "}")) else { return nil }
        skipSpace()
        guard current == UInt8(ascii: "\"") else { throw problem("a key in double quotes is expected") }
        let key = try stringBytes()
        skipSpace()
        guard current == UInt8(ascii: ":") else { throw problem("':' is expected after a key") }
        position += 1
        return key
    }

    /// The same as a string that may be compared and looked up: not longer than `maximumNameBytes`.
    package mutating func nextName(first: inout Bool) throws(JSONError) -> String? {
        guard let key = try nextKey(first: &first) else { return nil }
        return try name(key, "a key")
    }

    package mutating func beginArray() throws(JSONError) {
        try open(UInt8(ascii: "["), "an array")
    }

    /// Whether the array that was begun has another element; its closing bracket is consumed when it has not.
    package mutating func nextElement(first: inout Bool) throws(JSONError) -> Bool {
        try nextItem(first: &first, closing: UInt8(ascii: "]"))
    }

    /// Consumes white space and fails if anything else follows.
    package mutating func end() throws(JSONError) {
        skipSpace()
        if position < bytes.count { throw problem("the document goes on after its value") }
    }

    private mutating func open(_ byte: UInt8, _ what: String) throws(JSONError) {
        skipSpace()
        guard current == byte else { throw problem("\(what) is expected") }
        guard depth < Self.maximumDepth else { throw problem("values are nested more than \(Self.maximumDepth) deep") }
        depth += 1
        position += 1
    }

    private mutating func nextItem(first: inout Bool, closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        if current == closing {
            position += 1
            depth -= 1
            return false
        }
        if first {
            first = false
        } else {
            guard current == UInt8(ascii: ",") else { throw problem("',' or '\(Character(Unicode.Scalar(closing)))' is expected") }
            position += 1
            skipSpace()
            if current == closing { throw problem("a comma is followed by nothing") }
        }
        return true
    }

    // MARK: Scalars

    /// The bytes of a string after unescaping: valid UTF-8.
    package mutating func stringBytes() throws(JSONError) -> [UInt8] {
        skipSpace()
        guard current == UInt8(ascii: "\"") else { throw problem("a string is expected") }
        position += 1
        let start = position
        var plain = true
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            if byte < 0x20 { throw problem("a control character must be escaped inside a string") }
            if byte >= 0x80 { plain = false }
            position += 1
        }
        var result = Array(bytes[start..<position])
        while let byte = current, byte != UInt8(ascii: "\"") {
            if byte < 0x20 { throw problem("a control character must be escaped inside a string") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                try appendEscape(to: &result)
            } else {
                if byte >= 0x80 { plain = false }
                result.append(byte)
            }
        }
        guard current != nil else { throw problem("the text ends inside a string") }
        position += 1
        if !plain, String(validating: result, as: UTF8.self) == nil {
            throw JSONError(byte: start, problem: "a string is not valid UTF-8")
        }
        return result
    }

    package mutating func string() throws(JSONError) -> String {
        String(decoding: try stringBytes(), as: UTF8.self)
    }

    /// A string that is a name or a choice, and may be compared and looked up: not longer than `maximumNameBytes`.
    package mutating func name() throws(JSONError) -> String {
        try name(try stringBytes(), "a name")
    }

    private func name(_ bytes: [UInt8], _ what: String) throws(JSONError) -> String {
        guard bytes.count <= Self.maximumNameBytes else {
            throw problem("\(what) has \(bytes.count) bytes, at most \(Self.maximumNameBytes) are read: \"\(Self.beginning(bytes))\"")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What a sentence says of a text that is too long.
    package static func beginning(_ bytes: [UInt8]) -> String {
        // Not in the middle of a scalar.
        let end = bytes.prefix(40).lastIndex { $0 & 0xC0 != 0x80 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }

    /// An integer when the number is written as one and fits 64 bits, else the nearest double.
    package mutating func number() throws(JSONError) -> JSONNumber {
        skipSpace()
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let leading = current
        let digits = skipDigits()
        guard digits > 0 else { throw problem("a number is expected") }
        if leading == UInt8(ascii: "0"), digits > 1 { throw problem("a number must not begin with 0") }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            if skipDigits() == 0 { throw problem("digits are expected after '.'") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            if skipDigits() == 0 { throw problem("digits are expected in the exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONError(byte: start, problem: "the number does not fit a double")
        }
        return .real(value)
    }

    package mutating func boolean() throws(JSONError) -> Bool {
        skipSpace()
        if take("true") { return true }
        if take("false") { return false }
        throw problem("true or false is expected")
    }

    package mutating func null() throws(JSONError) {
        skipSpace()
        guard take("null") else { throw problem("null is expected") }
    }

    /// Consumes one value of any kind.
    package mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .object:
            try beginObject()
            var first = true
            while try nextKey(first: &first) != nil { try skipValue() }
        case .array:
            try beginArray()
            var first = true
            while try nextElement(first: &first) { try skipValue() }
        case .string: _ = try stringBytes()
        case .number: _ = try number()
        case .boolean: _ = try boolean()
        case .null: try null()
        }
    }

    // MARK: Bytes

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position - start
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - position >= count else { return false }
        let equal = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
        if equal { position += count }
        return equal
    }

    private mutating func appendEscape(to result: inout [UInt8]) throws(JSONError) {
        guard let byte = current else { throw problem("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code), take("\\u") {
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw problem("a surrogate is not followed by its second half") }
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw problem("a surrogate stands alone") }
            result.append(contentsOf: String(Character(scalar)).utf8)
        default: throw problem("'\\' is followed by an unknown letter")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw problem("four hexadecimal digits are expected after '\\u'")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private func problem(_ text: String) -> JSONError {
        JSONError(byte: position, problem: text)
    }
}

/// Where a JSON document is wrong and how.
public struct JSONError: Error, Equatable, Sendable {
    public let byte: Int
    public let problem: String

    public init(byte: Int, problem: String) {
        self.byte = byte
        self.problem = problem
    }
}

package enum JSONNumber: Equatable, Sendable {
    case integer(Int)
    case real(Double)
}
