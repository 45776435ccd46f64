import Checkpoint
import Testing

/// Reading what was said.
enum JSONText {
    static func string(_ text: String) throws -> String {
        guard case .string(let value) = try JSONValue(parsing: Array(text.utf8)) else {
            Issue.record("\(text) is no string")
            return ""
        }
        return value
    }
}
