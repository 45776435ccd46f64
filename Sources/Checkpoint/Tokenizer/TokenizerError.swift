/// Why a tokenizer.json cannot be used. Every description is a sentence: what, the values, the remedy.
public enum TokenizerError: Error, Equatable, Sendable {
    case unreadable(path: String, reason: String)
    case fileTooLarge(path: String, bytes: Int, limit: Int)
    case malformedJSON(path: String, JSONError)
    /// A part this engine does not have, as another model type or normalizer.
    case unsupported(path: String, key: String, value: String, supported: String)
    case missing(path: String, key: String)
    case wrongType(path: String, key: String, found: String, wanted: String)
    case unknownKey(path: String, key: String)
    case tooMany(path: String, key: String, count: Int, limit: Int)
    case badTokenID(path: String, token: String, id: Int, limit: Int)
    case duplicateToken(path: String, token: String)
    case duplicateID(path: String, id: Int, first: String, second: String)
    /// A merge names a token, or results in one, that the vocabulary does not have.
    case mergeOutOfVocabulary(path: String, merge: Int, token: String)
    case malformedMerge(path: String, merge: Int, found: String)
    case missingByteToken(path: String, token: String)
    /// An entry has no row in the model's embedding table.
    case beyondEmbeddings(path: String, token: String, id: Int, rows: Int)
}

extension TokenizerError: CustomStringConvertible {
    public var description: String {
        let remedy = "; the file is damaged, copy or download it again"
        return switch self {
        case .unreadable(let path, let reason):
            "\(path) cannot be read: \(reason)"
        case .fileTooLarge(let path, let bytes, let limit):
            "\(path) is \(bytes) bytes long, at most \(limit) are read: it is not the file its name says"
        case .malformedJSON(let path, let error):
            "\(path) is not valid JSON: \(error.problem) at byte \(error.byte)" + remedy
        case .unsupported(let path, let key, let value, let supported):
            "\(path): \(key) is \(value), which this engine does not have; it supports \(supported)"
        case .missing(let path, let key):
            "\(path): \(key) is missing" + remedy
        case .wrongType(let path, let key, let found, let wanted):
            "\(path): \(key) is \(found), \(wanted) is needed" + remedy
        case .unknownKey(let path, let key):
            "\(path): the key \(key) is unknown; use a newer mmagent, or save the tokenizer in the BPE format of the Gemma family"
        case .tooMany(let path, let key, let count, let limit):
            "\(path): \(key) has \(count) entries, the limit is \(limit)"
        case .badTokenID(let path, let token, let id, let limit):
            "\(path): the id of \"\(token)\" is \(id), it must be 0 to \(limit - 1)" + remedy
        case .duplicateToken(let path, let token):
            "\(path): \"\(token)\" is in the vocabulary twice" + remedy
        case .duplicateID(let path, let id, let first, let second):
            "\(path): the id \(id) belongs to \"\(first)\" and to \"\(second)\"" + remedy
        case .mergeOutOfVocabulary(let path, let merge, let token):
            "\(path): merge \(merge) needs \"\(token)\", which is not in the vocabulary" + remedy
        case .malformedMerge(let path, let merge, let found):
            "\(path): merge \(merge) is \(found), two tokens are needed" + remedy
        case .missingByteToken(let path, let token):
            "\(path): byte_fallback is on, but the vocabulary has no \(token)" + remedy
        case .beyondEmbeddings(let path, let token, let id, let rows):
            "\(path): \"\(token)\" has the id \(id), and the model's embedding table has \(rows) rows (vocab_size): "
                + "tokenizer and weights belong to different models"
        }
    }
}
