/// A byte-pair tokenizer read from `tokenizer.json`: BPE with byte fallback over the whole text between added tokens.
///
/// Works on UTF-8 bytes and Unicode scalars throughout: Swift's `Character` and `String` equality would merge texts that
/// the vocabulary tells apart.
public final class Tokenizer: Sendable {
    /// One more than the highest id: the rows an embedding table needs.
    public let vocabularyCount: Int

    private let idOfToken: [[UInt8]: Int32]
    /// Content by id; empty where no token has the id.
    private let tokens: [[UInt8]]
    private let specialIDs: Set<Int32>
    private let scalarIDs: [UInt32: Int32]
    /// Ids of `<0x00>` … `<0xFF>`, if byte fallback is on.
    private let byteIDs: [Int32]?
    /// The byte of each id that stands for one, in decoding.
    private let byteOfID: [Int32: UInt8]
    private let merger: BytePairMerger
    private let rawMatcher: AddedTokenMatcher
    private let normalizedMatcher: AddedTokenMatcher
    private let normalizer: [TokenizerFile.Replacement]
    private let decoderReplacements: [TokenizerFile.Replacement]
    private let unknownID: Int32?
    private let fusesUnknown: Bool
    private let ignoresMerges: Bool

    /// Reads `tokenizer.json` in a model directory.
    public convenience init(directory: String) throws(TokenizerError) {
        let path = directory + "/tokenizer.json"
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.bytes(at: path, limit: TokenizerFile.maximumBytes)
        } catch {
            switch error {
            case .unreadable(_, let reason): throw .unreadable(path: path, reason: reason)
            case .fileTooLarge(_, let bytes, let limit): throw .fileTooLarge(path: path, bytes: bytes, limit: limit)
            case .foreign(_, let kind): throw .foreign(path: path, kind)
            default: throw .unreadable(path: path, reason: "\(error)")
            }
        }
        try self.init(json: bytes, path: path)
    }

    /// Reads `tokenizer.json` in a model directory and checks that the model has a row for each of its entries.
    public convenience init(directory: String, vocabularySize: Int) throws(TokenizerError) {
        try self.init(directory: directory)
        guard vocabularyCount > vocabularySize else { return }
        let id = tokens.indices.first { $0 >= vocabularySize && !tokens[$0].isEmpty } ?? vocabularySize
        throw .beyondEmbeddings(
            path: directory + "/tokenizer.json", token: String(decoding: tokens[id], as: UTF8.self), id: id, rows: vocabularySize)
    }

    /// - Parameters:
    ///   - json: the bytes of a tokenizer.json.
    ///   - path: what errors call it.
    public init(json: [UInt8], path: String = "tokenizer.json") throws(TokenizerError) {
        let file = try TokenizerFile(bytes: json, path: path)
        let vocabulary = try Vocabulary(file)
        idOfToken = vocabulary.idOfToken
        tokens = vocabulary.tokens
        vocabularyCount = vocabulary.tokens.count
        merger = try vocabulary.merger(file)
        scalarIDs = vocabulary.scalarIDs
        specialIDs = Set(file.added.lazy.filter(\.isSpecial).map { Int32($0.id) })
        normalizer = file.normalizer
        decoderReplacements = file.decoderReplacements
        fusesUnknown = file.fusesUnknown
        ignoresMerges = file.ignoresMerges
        if let unknown = file.unknownToken {
            guard let id = vocabulary.idOfToken[unknown] else {
                throw .missing(path: path, key: "the vocabulary entry \"\(String(decoding: unknown, as: UTF8.self))\" (model.unk_token)")
            }
            unknownID = id
        } else {
            unknownID = nil
        }
        let bytes = vocabulary.byteIDs
        if file.fallsBackToBytes {
            var ids: [Int32] = []
            for (byte, id) in bytes.enumerated() {
                guard let id else { throw .missingByteToken(path: path, token: Vocabulary.byteToken(UInt8(byte))) }
                ids.append(id)
            }
            byteIDs = ids
        } else {
            byteIDs = nil
        }
        byteOfID = file.decodesBytes ? vocabulary.byteOfID : [:]

        var raw = AddedTokenMatcher()
        var normalized = AddedTokenMatcher()
        for token in file.added {
            if token.isNormalized {
                let content = file.normalizer.reduce(token.content) { Replacer.replace($1, in: $0) }
                normalized.insert(content, id: Int32(token.id), isSpecial: token.isSpecial)
            } else {
                raw.insert(token.content, id: Int32(token.id), isSpecial: token.isSpecial)
            }
        }
        rawMatcher = raw
        normalizedMatcher = normalized
    }

    // MARK: Encoding

    /// The ids of a text in which special tokens, as `<|turn>`, stand for themselves. Nothing is added to it.
    public func encode(_ text: String) -> [Int32] { encode(Array(text.utf8), special: true) }

    /// The ids of a text in which special tokens are ordinary characters: for text from outside, so that nobody can write
    /// `<turn|>` and speak for the model. No special token ever comes out.
    public func encodePlain(_ text: String) -> [Int32] { encode(Array(text.utf8), special: false) }

    /// The id of an added token, or of any other entry of the vocabulary.
    public func id(of special: String) -> Int32? { idOfToken[Array(special.utf8)] }

    /// What the vocabulary has under an id, as it is written there (`▁mug`, `<0xE2>`); nil if nothing.
    public func entry(_ id: Int32) -> String? {
        guard id >= 0, Int(id) < tokens.count, !tokens[Int(id)].isEmpty else { return nil }
        return String(decoding: tokens[Int(id)], as: UTF8.self)
    }

    public func isSpecial(_ id: Int32) -> Bool { specialIDs.contains(id) }

    /// What one id adds to a text, part of a character included; nil if nothing.
    public func bytes(of id: Int32) -> [UInt8]? {
        switch piece(id, skipSpecial: false) {
        case nil: nil
        case .byte(let byte): [byte]
        case .text(let text): text
        }
    }

    private func encode(_ bytes: [UInt8], special: Bool) -> [Int32] {
        var ids: [Int32] = []
        split(bytes, at: rawMatcher, special: special, into: &ids) { piece, ids in
            let normalized = normalizer.reduce(piece) { Replacer.replace($1, in: $0) }
            split(normalized, at: normalizedMatcher, special: special, into: &ids) { piece, ids in
                ids += encodePiece(piece, special: special)
            }
        }
        return ids
    }

    /// Emits the matches of `matcher` and hands the pieces between them to `body`.
    private func split(
        _ bytes: [UInt8], at matcher: AddedTokenMatcher, special: Bool, into ids: inout [Int32], _ body: ([UInt8], inout [Int32]) -> Void
    ) {
        var start = 0
        while let match = matcher.next(in: bytes, from: start, special: special) {
            if match.range.lowerBound > start { body(Array(bytes[start..<match.range.lowerBound]), &ids) }
            ids.append(match.id)
            start = match.range.upperBound
        }
        if start == 0 {
            if !bytes.isEmpty { body(bytes, &ids) }
        } else if start < bytes.count {
            body(Array(bytes[start...]), &ids)
        }
    }

    private func encodePiece(_ piece: [UInt8], special: Bool) -> [Int32] {
        if ignoresMerges, let id = idOfToken[piece], special || !specialIDs.contains(id) { return [id] }
        return merger.merge(symbols(of: piece, special: special), forbidden: special ? [] : specialIDs)
    }

    /// One symbol per scalar that the vocabulary has, else one per byte, else the unknown token.
    private func symbols(of piece: [UInt8], special: Bool) -> [Int32] {
        var symbols: [Int32] = []
        symbols.reserveCapacity(piece.count)
        var previousIsUnknown = false
        for scalar in String(decoding: piece, as: UTF8.self).unicodeScalars {
            if let id = scalarIDs[scalar.value], special || !specialIDs.contains(id) {
                symbols.append(id)
                previousIsUnknown = false
            } else if let byteIDs {
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { symbols.append(byteIDs[Int(byte)]) }
                previousIsUnknown = false
            } else if let unknownID {
                if !(fusesUnknown && previousIsUnknown) { symbols.append(unknownID) }
                previousIsUnknown = true
            }
        }
        return symbols
    }

    // MARK: Decoding

    /// The text of `ids`. Byte tokens that do not form UTF-8 together become U+FFFD each; ids without a token are passed over.
    public func decode(_ ids: [Int32], skipSpecial: Bool) -> String {
        var result: [UInt8] = []
        var run: [UInt8] = []
        func endRun() {
            if !run.isEmpty { result += Self.text(ofByteRun: run) }
            run.removeAll(keepingCapacity: true)
        }
        for id in ids {
            switch piece(id, skipSpecial: skipSpecial) {
            case .byte(let byte): run.append(byte)
            case .text(let text):
                endRun()
                result += text
            case nil: continue
            }
        }
        endRun()
        return String(decoding: result, as: UTF8.self)
    }

    enum Piece: Equatable {
        case text([UInt8])
        /// Part of a character that the vocabulary does not have.
        case byte(UInt8)
    }

    /// What one id adds to a text; nil if nothing and it does not even interrupt a run of bytes.
    func piece(_ id: Int32, skipSpecial: Bool) -> Piece? {
        guard id >= 0, Int(id) < tokens.count, !tokens[Int(id)].isEmpty else { return nil }
        if skipSpecial, specialIDs.contains(id) { return nil }
        if let byte = byteOfID[id] { return .byte(byte) }
        return .text(decoderReplacements.reduce(tokens[Int(id)]) { Replacer.replace($1, in: $0) })
    }

    /// A run of byte tokens as the reference decodes it: as a whole, or one U+FFFD for every byte.
    static func text(ofByteRun run: [UInt8]) -> [UInt8] {
        if String(validating: run, as: UTF8.self) != nil { return run }
        return (0..<run.count).flatMap { _ in [0xEF, 0xBF, 0xBD] as [UInt8] }
    }
}
