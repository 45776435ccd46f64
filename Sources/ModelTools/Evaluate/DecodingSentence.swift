extension DecodingError {
    /// What is wrong with a JSON object: key, value, remedy.
    var sentence: String {
        func path(_ context: Context) -> String {
            let path = context.codingPath.reduce("") { $0 + ($1.intValue.map { "[\($0)]" } ?? ($0.isEmpty ? "" : ".") + $1.stringValue) }
            return path.isEmpty ? "the row" : path
        }
        return switch self {
        case .keyNotFound(let key, let context): "\(path(context)) has no key \(key.stringValue): add it"
        case .typeMismatch(let type, let context): "\(path(context)) is not of the type \(type): correct it"
        case .valueNotFound(_, let context): "\(path(context)) is null: give a value"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(path(context)): \(context.debugDescription)"
        default: "it is not JSON: one object a line"
        }
    }
}
