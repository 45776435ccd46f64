/// The indexes over the tokens of a tokenizer.json.
struct Vocabulary {
    private(set) var idOfToken: [[UInt8]: Int32] = [:]
    /// Content by id; empty where no token has the id.
    private(set) var tokens: [[UInt8]] = []
    /// Tokens of one Unicode scalar: what a text is first split into.
    private(set) var scalarIDs: [UInt32: Int32] = [:]

    init(_ file: TokenizerFile) throws(TokenizerError) {
        let highest = max(file.vocabulary.lazy.map(\.id).max() ?? -1, file.added.lazy.map(\.id).max() ?? -1)
        tokens = [[UInt8]](repeating: [], count: highest + 1)
        idOfToken.reserveCapacity(file.vocabulary.count)
        for (token, id) in file.vocabulary {
            guard idOfToken.updateValue(Int32(id), forKey: token) == nil else {
                throw .duplicateToken(path: file.path, token: String(decoding: token, as: UTF8.self))
            }
            try name(id, token, file)
            if let scalar = Self.singleScalar(token) { scalarIDs[scalar] = Int32(id) }
        }
        for token in file.added {
            let text = String(decoding: token.content, as: UTF8.self)
            if let id = idOfToken[token.content] {
                guard id == token.id else {
                    throw .wrongType(
                        path: file.path, key: "the id of the added token \"\(text)\"", found: "\(token.id)",
                        wanted: "\(id), as in the vocabulary")
                }
            } else {
                idOfToken[token.content] = Int32(token.id)
                try name(token.id, token.content, file)
            }
        }
    }

    private mutating func name(_ id: Int, _ token: [UInt8], _ file: TokenizerFile) throws(TokenizerError) {
        guard tokens[id].isEmpty else {
            throw .duplicateID(
                path: file.path, id: id, first: String(decoding: tokens[id], as: UTF8.self), second: String(decoding: token, as: UTF8.self))
        }
        tokens[id] = token
    }

    func merger(_ file: TokenizerFile) throws(TokenizerError) -> BytePairMerger {
        var merger = BytePairMerger()
        merger.reserve(file.merges.count)
        for (index, merge) in file.merges.enumerated() {
            var ids: [Int32] = []
            for token in [merge.left, merge.right, merge.left + merge.right] {
                guard let id = idOfToken[token] else {
                    throw .mergeOutOfVocabulary(path: file.path, merge: index, token: String(decoding: token, as: UTF8.self))
                }
                ids.append(id)
            }
            merger.insert(left: ids[0], right: ids[1], rank: UInt32(index), result: ids[2])
        }
        return merger
    }

    // MARK: Byte tokens

    static func byteToken(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(byte < 16 ? "0" : "")\(digits)>"
    }

    /// The ids of `<0x00>` to `<0xFF>` where the vocabulary has them.
    var byteIDs: [Int32?] {
        (0...255).map { idOfToken[Array(Self.byteToken(UInt8($0)).utf8)] }
    }

    /// Ids of tokens that are written `<0xNN>`, with digits of either case, as the reference's decoder reads them.
    var byteOfID: [Int32: UInt8] {
        var bytes: [Int32: UInt8] = [:]
        for (id, token) in tokens.enumerated() where token.count == 6 && token.starts(with: [0x3C, 0x30, 0x78]) && token[5] == 0x3E {
            if let byte = UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16) { bytes[Int32(id)] = byte }
        }
        return bytes
    }

    private static func singleScalar(_ token: [UInt8]) -> UInt32? {
        guard token.count <= 4 else { return nil }
        let scalars = String(decoding: token, as: UTF8.self).unicodeScalars
        guard let scalar = scalars.first, scalars.count == 1 else { return nil }
        return scalar.value
    }
}
