import Checkpoint

/// Writes a JSON tree, for tests that change documents.
enum JSONWriter {
    static func text(of value: JSONValue) -> String {
        switch value {
        case .object(let object):
            "{" + object.members.map { "\(quoted($0.name)):\(text(of: $0.value))" }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
        case .string(let string): quoted(string)
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .null: "null"
        }
    }

    /// The document with the value at `path`, as `["model", "type"]`, replaced by JSON text; nil removes the key.
    static func text(of value: JSONValue, replacing path: ArraySlice<String>, by replacement: String?) -> String {
        guard case .object(let object) = value, let key = path.first else { return text(of: value) }
        var members = object.members.filter { $0.name != key }.map { "\(quoted($0.name)):\(text(of: $0.value))" }
        if path.count > 1 {
            let inner = text(of: object[key] ?? .object(JSONObject()), replacing: path.dropFirst(), by: replacement)
            members.append("\(quoted(key)):\(inner)")
        } else if let replacement {
            members.append("\(quoted(key)):\(replacement)")
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    static func quoted(_ string: String) -> String {
        var result = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
