import Checkpoint

/// Reads a call as it is published to be written, by itself: name and arguments as JSON text, or nil.
struct CallReader {
    private var rest: ArraySlice<UInt8>

    static func read(_ text: String) -> (name: String, arguments: String)? {
        var reader = CallReader(rest: Array(text.utf8)[...])
        guard reader.take("<|tool_call>call:") else { return nil }
        let name = reader.upTo("{")
        guard let arguments = reader.value(), reader.take("<tool_call|>"), reader.rest.isEmpty else { return nil }
        return (String(decoding: name, as: UTF8.self), arguments)
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest.removeFirst(text.utf8.count)
        return true
    }

    private mutating func upTo(_ ends: String) -> [UInt8] {
        var found: [UInt8] = []
        while let byte = rest.first, !ends.utf8.contains(byte) { found.append(rest.removeFirst()) }
        return found
    }

    private mutating func value() -> String? {
        if take("<|\"|>") {
            var text: [UInt8] = []
            while !take("<|\"|>") {
                guard let byte = rest.popFirst() else { return nil }
                text.append(byte)
            }
            return Self.quoted(text)
        }
        if take("{") {
            return members(close: "}") { reader in
                let key = reader.upTo(":")
                guard reader.take(":"), let value = reader.value() else { return nil }
                return "\(Self.quoted(key)):\(value)"
            }.map { "{\($0)}" }
        }
        if take("[") { return members(close: "]") { $0.value() }.map { "[\($0)]" } }
        let bare = upTo(",}]<")
        return bare.isEmpty ? nil : String(decoding: bare, as: UTF8.self)
    }

    private mutating func members(close: String, _ member: (inout CallReader) -> String?) -> String? {
        if take(close) { return "" }
        var members: [String] = []
        repeat {
            guard let member = member(&self) else { return nil }
            members.append(member)
        } while take(",")
        return take(close) ? members.joined(separator: ",") : nil
    }

    private static func quoted(_ text: [UInt8]) -> String {
        let escaped = String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
                ? "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16) : String(scalar)
        }
        return "\"" + escaped.joined() + "\""
    }
}
