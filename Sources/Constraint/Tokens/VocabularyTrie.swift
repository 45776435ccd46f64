public import Checkpoint

/// The tokens of a vocabulary by their bytes. Made once for each vocabulary; at 262 144 tokens it has about 16 MiB.
public struct VocabularyTrie: Sendable {
    /// One more than the highest id: the logits that a mask covers.
    public let count: Int
    /// Ids of `<|"|>`, `<|tool_call>` and `<tool_call|>`, in this order; nil: the vocabulary has no such token.
    let marks: [Int32?]
    let all: ByteTrie
    /// The tokens that may end a JSON string.
    let quoted: ByteTrie
    /// The tokens inside a string of any text, between two characters: the walk that enters most of the tree, made once.
    let freeJSON: FreeText
    let freePlain: FreeText
    private let text: [UInt8]
    private let offsets: [Int32]
    /// Bytes that are a token each.
    private let spelled: Set<UInt8>

    /// - Parameters:
    ///   - marks: the ids of the call syntax's tokens, by `CallSyntax`'s names.
    ///   - bytes: what a token adds to a text; nil: it is no text, as the control tokens.
    public init(count: Int, marks: [String: Int32], bytes: (Int32) -> [UInt8]?) {
        self.count = count
        self.marks = [CallSyntax.quote, CallSyntax.open, CallSyntax.close].map { marks[$0] }
        var text: [UInt8] = []
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(count + 1)
        var entries: [Int32] = []
        var spelled: Set<UInt8> = []
        let special = Set(marks.values)
        for id in 0..<Int32(count) {
            if !special.contains(id), let word = bytes(id), !word.isEmpty, word.count <= ByteTrie.maximumBytes {
                text += word
                entries.append(id)
                if word.count == 1 { spelled.insert(word[0]) }
            }
            offsets.append(Int32(text.count))
        }
        self.text = text
        self.offsets = offsets
        self.spelled = spelled
        all = ByteTrie(entries, text: text, offsets: offsets)
        freeJSON = FreeText(TextMachines.anyJSON, 0, all, count: count)
        freePlain = FreeText(TextMachines.anyPlain, 0, all, count: count)
        let quote = UInt8(ascii: "\"")
        quoted = ByteTrie(
            entries.filter { text[Int(offsets[Int($0)])..<Int(offsets[Int($0) + 1])].contains(quote) }, text: text, offsets: offsets)
    }

    /// The tokens of a tokenizer; those that mark something, as `<|turn>`, are no text.
    public init(_ tokenizer: Tokenizer) {
        var marks: [String: Int32] = [:]
        for name in [CallSyntax.quote, CallSyntax.open, CallSyntax.close] { marks[name] = tokenizer.id(of: name) }
        self.init(count: tokenizer.vocabularyCount, marks: marks) { id in
            guard !tokenizer.isSpecial(id), let bytes = tokenizer.bytes(of: id), !Self.looksLikeMark(bytes) else { return nil }
            return bytes
        }
    }

    /// `<|…>`, `<…|>` and `<unused…>`: published tokenizers list some of their marks among the ordinary tokens.
    public static func looksLikeMark(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 3, bytes.first == UInt8(ascii: "<"), bytes.last == UInt8(ascii: ">") else { return false }
        let bar = UInt8(ascii: "|")
        return bytes[1] == bar || bytes[bytes.count - 2] == bar || bytes.starts(with: "<unused".utf8)
    }

    /// The bytes of a token that is text.
    func bytes(of id: Int32) -> ArraySlice<UInt8> {
        guard id >= 0, Int(id) < count else { return [] }
        return text[Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])]
    }

    /// Tokens that say just this, the longest ones first. Every symbol of a grammar that was checked is a token itself.
    func tokens(spelling symbols: [Symbol]) -> [Int32] {
        var tokens: [Int32] = []
        var place = 0
        while place < symbols.count {
            if symbols[place] >= .quote, let mark = marks[Int(symbols[place] - .quote)] {
                tokens.append(mark)
                place += 1
            } else if let (token, count) = all.longest(symbols[place...]) {
                tokens.append(token)
                place += count
            } else {
                return []
            }
        }
        return tokens
    }

    /// Whatever a grammar asks for can be said: every byte of UTF-8 text is a token, and the marks are there.
    func check(_ syntax: Syntax) throws(ConstraintError) {
        for byte in [0x09, 0x0A, 0x0D] + Array(0x20...0x7E) + Array(0x80...0xBF) + Array(0xC2...0xF4) as [UInt8]
        where !spelled.contains(byte) {
            throw .missingToken("the byte \(byte)")
        }
        guard syntax == .call else { return }
        for (name, mark) in zip([CallSyntax.quote, CallSyntax.open, CallSyntax.close], marks) where mark == nil {
            throw .missingToken(name)
        }
    }
}
