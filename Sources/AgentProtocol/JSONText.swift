import FoundationEssentials

/// JSON text to values and back, through the standard coders, with limits on what one text may cost.
public enum JSONText {
    /// Nesting deeper than this is refused: no message of the protocol needs more than a dozen levels.
    public static let maximumDepth = 64
    /// Texts with more values than this are refused: each value costs some microseconds, a 16 MiB line of `[[],[],…]` would cost a minute.
    public static let maximumValues = 50_000

    /// Longer keys are refused, as they are written, escapes included.
    public static let maximumKeyBytes = 256
    /// Keys that are not plain ASCII: to compare two strings Swift puts their combining marks in order, in a time that grows with the
    /// square of their number (60 kB of marks in one key held a core for eight seconds).
    public static let maximumForeignKeyBytes = 64

    /// Parses one JSON text.
    /// - Throws: ``ProtocolError/notJSON(_:)``, ``ProtocolError/tooDeep(limit:)``, ``ProtocolError/tooManyValues(limit:)``,
    ///   ``ProtocolError/keyTooLong(limit:)`` or ``ProtocolError/duplicateKey(_:)``.
    public static func parse(_ bytes: some Collection<UInt8>) throws(ProtocolError) -> JSONValue {
        var data = Data(bytes)
        if let error = data.withUnsafeBytes(checkBounds) { throw error }
        data.withUnsafeMutableBytes(replaceLoneSurrogates)
        let value: JSONValue
        do {
            value = try JSONDecoder().decode(JSONValue.self, from: data)
        } catch {
            throw .notJSON("\(explanation(of: error)) It begins: \(String(decoding: data.prefix(60), as: UTF8.self))")
        }
        if let key = data.withUnsafeBytes(JSONKeys.duplicate) { throw .duplicateKey(key) }
        return value
    }

    /// The compact text of `value` on one line, object keys in sorted order; a number that is not finite becomes null.
    public static func encode(_ value: JSONValue) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSONValue.encode(to:) throws for no value: numbers that JSON lacks are written as null.
        guard let data = try? encoder.encode(value) else { return Array("null".utf8) }
        return Array(data)
    }

    /// `\ud83d` without its other half, as JavaScript writes an emoji that was cut in two, becomes `\ufffd`.
    private static func replaceLoneSurrogates(_ bytes: UnsafeMutableRawBufferPointer) {
        /// The UTF-16 unit of an escape at an index; nil: none stands there.
        func unit(_ index: Int) -> UInt16? {
            guard index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else { return nil }
            return UInt16(String(decoding: bytes[index + 2..<index + 6], as: UTF8.self), radix: 16)
        }
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard let half = unit(index), (0xD800...0xDFFF).contains(half) else {
                index += 2
                continue
            }
            if half < 0xDC00, let low = unit(index + 6), (0xDC00...0xDFFF).contains(low) {
                index += 12
                continue
            }
            for (offset, byte) in "fffd".utf8.enumerated() { bytes[index + 2 + offset] = byte }
            index += 6
        }
    }

    /// Counts nesting, values and the bytes of keys, without building anything.
    private static func checkBounds(_ bytes: UnsafeRawBufferPointer) -> ProtocolError? {
        var depth = 0
        var values = 1
        var inString = false
        var escaped = false
        // Of the newest string: a key, if a colon follows.
        var length = 0
        var isPlain = true
        for byte in bytes {
            if inString {
                length += 1
                if byte >= 0x80 || byte == UInt8(ascii: "\\") { isPlain = false }
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): (inString, length, isPlain) = (true, 0, true)
            case UInt8(ascii: ":"):
                let limit = isPlain ? maximumKeyBytes : maximumForeignKeyBytes
                // The closing quote was counted.
                if length - 1 > limit { return .keyTooLong(limit: limit) }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
                if depth > maximumDepth { return .tooDeep(limit: maximumDepth) }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","):
                values += 1
            default: break
            }
            if values > maximumValues { return .tooManyValues(limit: maximumValues) }
        }
        return nil
    }

    private static func explanation(of error: any Error) -> String {
        if case DecodingError.dataCorrupted(let context)? = error as? DecodingError {
            if let underlying = context.underlyingError {
                // The coder's own text names line and column; the first line of it is enough.
                let text = String(describing: underlying)
                if let range = text.firstRange(of: "NSDebugDescription=") {
                    return String(text[range.upperBound...].prefix { $0 != "}" && $0 != "\n" })
                }
            }
            return context.debugDescription
        }
        return "the text could not be parsed"
    }
}

private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension JSONValue: Codable {
    public init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: AnyKey.self) {
            var members: [String: JSONValue] = [:]
            for key in container.allKeys { members[key.stringValue] = try container.decode(JSONValue.self, forKey: key) }
            self = .object(members)
            return
        }
        if var container = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
            self = .array(elements)
            return
        }
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: AnyKey.self)
            for (name, value) in members { try container.encode(value, forKey: AnyKey(stringValue: name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        default:
            var container = encoder.singleValueContainer()
            switch self {
            case .string(let text): try container.encode(text)
            case .bool(let flag): try container.encode(flag)
            case .integer(let value): try container.encode(value)
            case .number(let value) where value.isFinite: try container.encode(value)
            default: try container.encodeNil()
            }
        }
    }
}
