public import Checkpoint

/// Why a schema, or a vocabulary, cannot constrain what is generated. Every description is a sentence: what, the value, the remedy.
public enum ConstraintError: Error, Equatable, Sendable {
    case notJSON(path: String, JSONError)
    case wrongType(path: String, found: String, wanted: String)
    /// A keyword that changes what is valid and is not obeyed here.
    case refused(path: String, keyword: String, remedy: String)
    case unknownKeyword(path: String, keyword: String)
    /// No value satisfies the schema, or none that would be generated.
    case impossible(path: String, reason: String)
    case recursive(path: String, reference: String)
    case unresolved(path: String, reference: String)
    case tooDeep(path: String, limit: Int)
    case tooLarge(path: String, what: String, limit: Int, remedy: String)
    case badPattern(path: String, pattern: String, problem: String)
    /// A function's or a property's name that the model's call syntax cannot carry.
    case badName(path: String, name: String, problem: String)
    /// The vocabulary lacks a token that the grammar is written with.
    case missingToken(String)
}

extension ConstraintError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notJSON(let path, let error):
            "\(path) is not JSON: \(error.problem) at byte \(error.byte); send one complete JSON object"
        case .wrongType(let path, let found, let wanted):
            "\(path) is \(Self.shortened(found)): expected \(wanted)"
        case .refused(let path, let keyword, let remedy):
            "\(path).\(keyword) is not obeyed by constrained decoding: \(remedy)"
        case .unknownKeyword(let path, let keyword):
            "\(path) has the keyword \"\(Self.shortened(keyword))\", which is unknown: leave it out, or use one that docs/constraint.md lists"
        case .impossible(let path, let reason):
            "\(path) can be satisfied by nothing that would be written: \(reason)"
        case .recursive(let path, let reference):
            "\(path) is \"\(Self.shortened(reference))\", which contains itself: write its levels out, \(Schema.maximumDepth) at most"
        case .unresolved(let path, let reference):
            "\(path) is \"\(Self.shortened(reference))\", which is not in this schema: refer to \"#/$defs/NAME\" and define it there"
        case .tooDeep(let path, let limit):
            "\(path) is nested deeper than \(limit) objects and arrays: flatten the schema"
        case .tooLarge(let path, let what, let limit, let remedy):
            "\(path) has more than \(limit) \(what): \(remedy)"
        case .badPattern(let path, let pattern, let problem):
            "\(path) is \"\(Self.shortened(pattern))\": \(problem)"
        case .badName(let path, let name, let problem):
            "\(path) has the name \"\(Self.shortened(name))\": \(problem)"
        case .missingToken(let token):
            "the vocabulary has no token for \(token), which every answer of this kind may need: use a model whose tokenizer has it"
        }
    }

    /// What a client sent is quoted in errors, at most 64 characters of it.
    private static func shortened(_ text: String) -> String { text.count > 64 ? "\(text.prefix(64))…" : text }
}
