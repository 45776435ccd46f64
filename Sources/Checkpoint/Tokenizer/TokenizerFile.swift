/// The parts of a tokenizer.json (Hugging Face `tokenizers`) as written, before they are indexed. What the engine does not
/// have is refused by name: other models than BPE, other normalizers than literal replacement, and so on.
struct TokenizerFile {
    static let maximumBytes = 256 << 20
    static let maximumVocabulary = 4_194_304
    static let maximumMerges = 2_097_152
    static let maximumAddedTokens = 262_144
    static let maximumAddedTokenBytes = 512

    struct AddedToken: Equatable {
        var id = -1
        var content: [UInt8] = []
        /// Never part of text that a user typed.
        var isSpecial = false
        /// Matched after normalisation instead of in the raw text.
        var isNormalized = false
    }

    struct Replacement: Equatable {
        var pattern: [UInt8]
        var content: [UInt8]
    }

    let path: String
    private(set) var vocabulary: [(token: [UInt8], id: Int)] = []
    private(set) var merges: [(left: [UInt8], right: [UInt8])] = []
    private(set) var added: [AddedToken] = []
    private(set) var normalizer: [Replacement] = []
    private(set) var decoderReplacements: [Replacement] = []
    private(set) var decodesBytes = false
    private(set) var unknownToken: [UInt8]?
    private(set) var fusesUnknown = false
    private(set) var fallsBackToBytes = false
    private(set) var ignoresMerges = false

    init(bytes: [UInt8], path: String) throws(TokenizerError) {
        self.path = path
        var reader = TokenizerReader(bytes, path: path)
        var preTokenizer: JSONValue = .null
        var seen: Set<String> = []
        try reader.beginObject()
        var first = true
        while let key = try reader.nextName(first: &first) {
            guard seen.insert(key).inserted else { throw .unsupported(path: path, key: key, value: "given twice", supported: "one of it") }
            switch key {
            case "added_tokens": try readAddedTokens(&reader)
            case "normalizer": normalizer = try Self.replacements(reader.tree(), reader)
            case "pre_tokenizer": preTokenizer = try reader.tree()
            case "decoder": try readDecoder(reader.tree(), reader)
            case "model": try readModel(&reader)
            // Nothing is added, cut or padded by this tokenizer: bos and the turns belong to the prompt.
            case "version", "truncation", "padding", "post_processor": try reader.skip()
            default: throw .unknownKey(path: path, key: key)
            }
        }
        try reader.end()
        guard seen.contains("model") else { throw .missing(path: path, key: "model") }
        try checkPreTokenizer(preTokenizer, reader)
    }

    // MARK: Model

    private mutating func readModel(_ reader: inout TokenizerReader) throws(TokenizerError) {
        var seen: Set<String> = []
        try reader.beginObject()
        var first = true
        while let name = try reader.nextName(first: &first) {
            let key = "model." + name
            guard seen.insert(key).inserted else { throw .unsupported(path: path, key: key, value: "given twice", supported: "one of it") }
            switch key {
            case "model.vocab": try readVocabulary(&reader)
            case "model.merges": try readMerges(&reader)
            case "model.unk_token":
                switch try reader.tree() {
                case .null: break
                case .string(let token): unknownToken = Array(token.utf8)
                case let other: throw reader.wrongType(key, other, "a token or null")
                }
            case "model.fuse_unk": fusesUnknown = try reader.flag(key)
            case "model.byte_fallback": fallsBackToBytes = try reader.flag(key)
            case "model.ignore_merges": ignoresMerges = try reader.flag(key)
            case "model.type":
                let type = try reader.tree()
                if type != .string("BPE") { throw reader.unsupported(key, type, "\"BPE\"") }
            case "model.dropout":
                let value = try reader.tree()
                if value != .null, !value.isEqual(to: .integer(0)) { throw reader.unsupported(key, value, "null") }
            case "model.continuing_subword_prefix", "model.end_of_word_suffix":
                let value = try reader.tree()
                if value != .null, value != .string("") { throw reader.unsupported(key, value, "null") }
            default: throw .unknownKey(path: path, key: key)
            }
        }
        for key in ["model.vocab", "model.merges"] where !seen.contains(key) { throw .missing(path: path, key: key) }
    }

    private mutating func readVocabulary(_ reader: inout TokenizerReader) throws(TokenizerError) {
        try reader.beginObject()
        var first = true
        while let token = try reader.nextKey(first: &first) {
            guard vocabulary.count < Self.maximumVocabulary else {
                throw .tooMany(path: path, key: "model.vocab", count: vocabulary.count + 1, limit: Self.maximumVocabulary)
            }
            guard case .integer(let id) = try reader.number(), id >= 0, id < Self.maximumVocabulary else {
                throw .wrongType(
                    path: path, key: "the id of \"\(String(decoding: token, as: UTF8.self))\"", found: "another number",
                    wanted: "a whole number from 0 to \(Self.maximumVocabulary - 1)")
            }
            vocabulary.append((token, id))
        }
    }

    /// Either `["a", "b"]` or `"a b"`, as older files have it.
    private mutating func readMerges(_ reader: inout TokenizerReader) throws(TokenizerError) {
        try reader.beginArray()
        var first = true
        while try reader.nextElement(first: &first) {
            guard merges.count < Self.maximumMerges else {
                throw .tooMany(path: path, key: "model.merges", count: merges.count + 1, limit: Self.maximumMerges)
            }
            var parts: [[UInt8]] = []
            switch try reader.peek() {
            case .string:
                parts = try reader.stringBytes().split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
            case .array:
                try reader.beginArray()
                var firstPart = true
                while try reader.nextElement(first: &firstPart) {
                    let part = try reader.stringBytes()
                    if parts.count < 3 { parts.append(part) }
                }
            default:
                throw .malformedMerge(path: path, merge: merges.count, found: try reader.tree().summary)
            }
            guard parts.count == 2 else {
                throw .malformedMerge(
                    path: path, merge: merges.count, found: "\(parts.count < 3 ? "\(parts.count)" : "more than two") parts")
            }
            merges.append((parts[0], parts[1]))
        }
    }

    // MARK: Added tokens

    private mutating func readAddedTokens(_ reader: inout TokenizerReader) throws(TokenizerError) {
        try reader.beginArray()
        var first = true
        while try reader.nextElement(first: &first) {
            guard added.count < Self.maximumAddedTokens else {
                throw .tooMany(path: path, key: "added_tokens", count: added.count + 1, limit: Self.maximumAddedTokens)
            }
            let key = "added_tokens[\(added.count)]"
            let element = try reader.tree()
            guard case .object(let object) = element else { throw reader.wrongType(key, element, "an object") }
            var token = AddedToken()
            for member in object.members {
                let name = "\(key).\(member.name)"
                switch (member.name, member.value) {
                case ("id", .integer(let id)): token.id = id
                case ("content", .string(let content)): token.content = Array(content.utf8)
                case ("special", .boolean(let value)): token.isSpecial = value
                case ("normalized", .boolean(let value)): token.isNormalized = value
                case ("single_word", .boolean(let value)), ("lstrip", .boolean(let value)), ("rstrip", .boolean(let value)):
                    if value { throw reader.unsupported(name, member.value, "false") }
                case ("id", let value), ("content", let value), ("special", let value), ("normalized", let value),
                    ("single_word", let value), ("lstrip", let value), ("rstrip", let value):
                    throw reader.wrongType(
                        name, value, member.name == "id" ? "a number" : member.name == "content" ? "a string" : "true or false")
                default: throw .unknownKey(path: path, key: name)
                }
            }
            guard (1...Self.maximumAddedTokenBytes).contains(token.content.count) else {
                throw .wrongType(
                    path: path, key: "\(key).content", found: "\(token.content.count) bytes long",
                    wanted: "1 to \(Self.maximumAddedTokenBytes)")
            }
            guard token.id >= 0, token.id < Self.maximumVocabulary else {
                throw .badTokenID(
                    path: path, token: String(decoding: token.content, as: UTF8.self), id: token.id, limit: Self.maximumVocabulary)
            }
            added.append(token)
        }
    }

    // MARK: Normalizer, pre-tokenizer, decoder

    /// Null, a literal `Replace`, or a `Sequence` of them.
    private static func replacements(_ value: JSONValue, _ reader: TokenizerReader) throws(TokenizerError) -> [Replacement] {
        if value == .null { return [] }
        let (type, object) = try typed(value, key: "normalizer", reader)
        switch type {
        case "Replace":
            return [try replacement(object, key: "normalizer", reader)]
        case "Sequence":
            guard case .array(let parts)? = object["normalizers"] else { throw .missing(path: reader.path, key: "normalizer.normalizers") }
            var result: [Replacement] = []
            for part in parts { result += try replacements(part, reader) }
            return result
        default:
            throw .unsupported(
                path: reader.path, key: "normalizer", value: "\"\(type)\"", supported: "\"Replace\" and a \"Sequence\" of it")
        }
    }

    private static func replacement(_ object: JSONObject, key: String, _ reader: TokenizerReader) throws(TokenizerError) -> Replacement {
        guard case .object(let pattern)? = object["pattern"], case .string(let text)? = pattern["String"], !text.isEmpty else {
            throw reader.unsupported("\(key).pattern", object["pattern"] ?? .null, "{\"String\": …}, a literal text")
        }
        guard case .string(let content)? = object["content"] else { throw .missing(path: reader.path, key: "\(key).content") }
        return Replacement(pattern: Array(text.utf8), content: Array(content.utf8))
    }

    /// Null, or a `Split` at a text that cannot occur any more once the normalizer has replaced it: merges run over the whole
    /// text between added tokens.
    private func checkPreTokenizer(_ value: JSONValue, _ reader: TokenizerReader) throws(TokenizerError) {
        if value == .null { return }
        let (type, object) = try Self.typed(value, key: "pre_tokenizer", reader)
        let supported = "null and \"Split\" at a text that the normalizer replaces"
        guard type == "Split" else {
            throw .unsupported(path: path, key: "pre_tokenizer", value: "\"\(type)\"", supported: supported)
        }
        guard case .object(let pattern)? = object["pattern"], case .string(let text)? = pattern["String"],
            let index = normalizer.firstIndex(where: { $0.pattern == Array(text.utf8) }),
            !normalizer[index...].contains(where: { Replacer.contains(Array(text.utf8), in: $0.content) })
        else {
            throw reader.unsupported("pre_tokenizer.pattern", object["pattern"] ?? .null, supported)
        }
    }

    /// Null, or a sequence of literal `Replace`, then `ByteFallback`, then `Fuse`, each optional.
    private mutating func readDecoder(_ value: JSONValue, _ reader: TokenizerReader) throws(TokenizerError) {
        if value == .null { return }
        let (type, object) = try Self.typed(value, key: "decoder", reader)
        var parts = [value]
        if type == "Sequence" {
            guard case .array(let list)? = object["decoders"] else { throw .missing(path: path, key: "decoder.decoders") }
            parts = list
        }
        var stage = 0
        for (index, part) in parts.enumerated() {
            let key = type == "Sequence" ? "decoder.decoders[\(index)]" : "decoder"
            let (type, object) = try Self.typed(part, key: key, reader)
            let next = ["Replace": 0, "ByteFallback": 1, "Fuse": 2][type]
            guard let next, next >= stage else {
                throw .unsupported(
                    path: path, key: key, value: "\"\(type)\"", supported: "\"Replace\", then \"ByteFallback\", then \"Fuse\"")
            }
            stage = next
            if type == "Replace" { decoderReplacements.append(try Self.replacement(object, key: key, reader)) }
            if type == "ByteFallback" { decodesBytes = true }
        }
    }

    private static func typed(_ value: JSONValue, key: String, _ reader: TokenizerReader) throws(TokenizerError) -> (String, JSONObject) {
        guard case .object(let object) = value, case .string(let type)? = object["type"], type.utf8.count <= JSONReader.maximumNameBytes
        else {
            throw reader.wrongType(key, value, "an object with a type")
        }
        return (type, object)
    }
}
