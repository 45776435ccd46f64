package import AgentProtocol
import Constraint

/// Calls and responses as the model writes and reads them: `call:NAME{KEY:VALUE,…}`, `response:NAME{KEY:VALUE,…}`, strings between
/// two quotes of their own, keys bare and sorted, nothing escaped.
package enum CallText {
    package static let openResponse = "<|tool_response>"
    package static let closeResponse = "<tool_response|>"

    /// What a function returned, for the model.
    package static func response(of name: String, _ value: JSONValue) -> MarkedText {
        var text = MarkedText()
        text.mark(openResponse)
        text.append("response:" + name)
        if case .object = value { write(value, into: &text) } else { write(["value": value], into: &text) }
        text.mark(closeResponse)
        return text
    }

    /// A call, in the order of keys that was published.
    package static func call(of name: String, _ arguments: JSONValue) -> MarkedText {
        var text = MarkedText()
        text.mark(CallSyntax.open)
        text.append("call:" + name)
        write(arguments, into: &text)
        text.mark(CallSyntax.close)
        return text
    }

    /// - Parameter text: of one call, marks as they are written.
    /// - Returns: nil: it is none.
    package static func readCall(_ text: String) -> (name: String, arguments: JSONValue)? {
        read(text, from: CallSyntax.open + "call:", to: CallSyntax.close)
    }

    package static func readResponse(_ text: String) -> (name: String, value: JSONValue)? {
        read(text, from: openResponse + "response:", to: closeResponse).map { ($0.name, $0.arguments) }
    }

    static func read(_ text: String, from head: String, to end: String) -> (name: String, arguments: JSONValue)? {
        var reader = CallReader(text)
        guard reader.take(head) else { return nil }
        let name = reader.upTo("{")
        guard !name.isEmpty, let arguments = reader.value(), case .object = arguments, reader.take(end), reader.isAtEnd else { return nil }
        return (name, arguments)
    }

    static func write(_ value: JSONValue, into text: inout MarkedText) {
        switch value {
        case .null: text.append("null")
        case .bool(let flag): text.append(flag ? "true" : "false")
        case .integer(let number): text.append(String(number))
        case .number(let number): text.append(number.isFinite ? String(number) : "null")
        case .string(let string): text.quote(string)
        case .array(let elements):
            text.append("[")
            for (index, element) in elements.enumerated() {
                if index > 0 { text.append(",") }
                write(element, into: &text)
            }
            text.append("]")
        case .object(let members):
            text.append("{")
            for (index, key) in sorted(members.keys).enumerated() {
                text.append((index > 0 ? "," : "") + key + ":")
                write(members[key] ?? .null, into: &text)
            }
            text.append("}")
        }
    }

    /// As published templates sort keys: whatever their case.
    static func sorted(_ keys: some Sequence<String>) -> [String] {
        keys.map { ($0.lowercased(), $0) }.sorted { $0 < $1 }.map(\.1)
    }
}

/// Values of the call syntax, from bytes.
struct CallReader {
    /// Deeper than any schema allows.
    private static let maximumDepth = 32
    private var rest: ArraySlice<UInt8>
    private var depth = 0

    init(_ text: String) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    /// The text before the first of `ends`, or all that is left.
    mutating func upTo(_ ends: String) -> String {
        let head = rest.prefix { !ends.utf8.contains($0) }
        rest.removeFirst(head.count)
        return String(decoding: head, as: UTF8.self)
    }

    mutating func value() -> JSONValue? {
        if take(CallSyntax.quote) { return string() }
        guard rest.first == UInt8(ascii: "{") || rest.first == UInt8(ascii: "[") else { return scalar(upTo(",}]<")) }
        guard depth < Self.maximumDepth else { return nil }
        depth += 1
        defer { depth -= 1 }
        return take("{") ? object() : take("[") ? array() : nil
    }

    private mutating func string() -> JSONValue? {
        let end = Array(CallSyntax.quote.utf8)
        var text: [UInt8] = []
        while !rest.starts(with: end) {
            guard let byte = rest.popFirst() else { return nil }
            text.append(byte)
        }
        rest.removeFirst(end.count)
        return .string(String(decoding: text, as: UTF8.self))
    }

    private mutating func object() -> JSONValue? {
        var members: [String: JSONValue] = [:]
        if take("}") { return .object(members) }
        repeat {
            let key = upTo(":")
            guard !key.isEmpty, take(":"), let value = value(), members.updateValue(value, forKey: key) == nil else { return nil }
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    private mutating func array() -> JSONValue? {
        var elements: [JSONValue] = []
        if take("]") { return .array(elements) }
        repeat {
            guard let element = value() else { return nil }
            elements.append(element)
        } while take(",")
        return take("]") ? .array(elements) : nil
    }

    private func scalar(_ text: String) -> JSONValue? {
        switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null": .null
        default: Int64(text).map(JSONValue.integer) ?? Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        }
    }
}
