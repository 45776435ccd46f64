import Checkpoint
import Testing

/// What a tokenizer.json may not say.
@Suite struct TokenizerFileTests {
    private static let small = """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,
        "rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"Replace","pattern":{"String":" "},"content":"_"},
        "pre_tokenizer":{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false},"post_processor":null,
        "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},{"type":"ByteFallback"},
        {"type":"Fuse"}]},"model":{"type":"BPE","dropout":null,"unk_token":"?","continuing_subword_prefix":null,"end_of_word_suffix":null,
        "fuse_unk":true,"byte_fallback":false,"ignore_merges":false,"vocab":{"<s>":0,"?":1,"a":2,"b":3,"_":4,"ab":5},"merges":[["a","b"]]}}
        """

    private func load(_ key: String, _ value: String?) throws -> Tokenizer {
        let document = try JSONValue(parsing: Array(Self.small.utf8))
        let path = key.split(separator: ".").map(String.init)
        return try Tokenizer(json: Array(JSONWriter.text(of: document, replacing: path[...], by: value).utf8))
    }

    @Test func theSmallTokenizerWorks() throws {
        let tokenizer = try Tokenizer(json: Array(Self.small.utf8))
        #expect(tokenizer.encode("ab a<s>xyb") == [5, 4, 2, 0, 1, 3])
        #expect(tokenizer.decode([5, 4, 2, 0, 3], skipSpecial: true) == "ab ab")
    }

    private static let damaged = "; the file is damaged, copy or download it again"

    @Test(
        arguments: [
            ("model.type", "\"Unigram\"", "model.type is \"Unigram\", which this engine does not have; it supports \"BPE\""),
            ("model.dropout", "0.1", "model.dropout is 0.1, which this engine does not have; it supports null"),
            (
                "model.end_of_word_suffix", "\"</w>\"",
                "model.end_of_word_suffix is \"</w>\", which this engine does not have; it supports null"
            ),
            (
                "normalizer", "{\"type\":\"NFC\"}",
                "normalizer is \"NFC\", which this engine does not have; it supports \"Replace\" and a \"Sequence\" of it"
            ),
            (
                "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Prepend\",\"prepend\":\"_\"}]}",
                "normalizer is \"Prepend\", which this engine does not have; it supports \"Replace\" and a \"Sequence\" of it"
            ),
            (
                "normalizer", "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" +\"},\"content\":\"_\"}",
                "normalizer.pattern is an object of 1 keys, which this engine does not have; it supports {\"String\": …}, a literal text"
            ),
            (
                "pre_tokenizer", "{\"type\":\"ByteLevel\"}",
                "pre_tokenizer is \"ByteLevel\", which this engine does not have; it supports null and \"Split\" at a text that the normalizer replaces"
            ),
            (
                "pre_tokenizer", "{\"type\":\"Split\",\"pattern\":{\"String\":\"a\"}}",
                "pre_tokenizer.pattern is an object of 1 keys, which this engine does not have; it supports null and \"Split\" at a text that the normalizer replaces"
            ),
            (
                "decoder", "{\"type\":\"WordPiece\"}",
                "decoder is \"WordPiece\", which this engine does not have; it supports \"Replace\", then \"ByteFallback\", then \"Fuse\""
            ),
            (
                "decoder", "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},{\"type\":\"ByteFallback\"}]}",
                "decoder.decoders[1] is \"ByteFallback\", which this engine does not have; it supports \"Replace\", then \"ByteFallback\", then \"Fuse\""
            ),
            (
                "added_tokens", "[{\"id\":0,\"content\":\"<s>\",\"lstrip\":true}]",
                "added_tokens[0].lstrip is true, which this engine does not have; it supports false"
            ),
            ("model.vocab", nil, "model.vocab is missing" + damaged), ("model.merges", nil, "model.merges is missing" + damaged),
            ("model", nil, "model is missing" + damaged), ("normalizer", "3", "normalizer is 3, an object with a type is needed" + damaged),
            ("model.fuse_unk", "3", "model.fuse_unk is 3, true or false is needed" + damaged),
            ("model.unk_token", "\"!\"", "the vocabulary entry \"!\" (model.unk_token) is missing" + damaged),
            (
                "model.byte_fallback", "true",
                "byte_fallback is on, but the vocabulary has no <0x00>" + damaged
            ),
            ("model.merges", "[[\"a\",\"?\"]]", "merge 0 needs \"a?\", which is not in the vocabulary" + damaged),
            ("model.merges", "[[\"a\",\"b\"],[\"x\",\"b\"]]", "merge 1 needs \"x\", which is not in the vocabulary" + damaged),
            ("model.merges", "[\"a b c\"]", "merge 0 is more than two parts, two tokens are needed" + damaged),
            ("model.merges", "[\"ab\"]", "merge 0 is 1 parts, two tokens are needed" + damaged),
            ("model.merges", "[[\"a\"]]", "merge 0 is 1 parts, two tokens are needed" + damaged),
            ("model.merges", "[7]", "merge 0 is 7, two tokens are needed" + damaged),
            (
                "model.vocab", "{\"a\":99999999}",
                "the id of \"a\" is another number, a whole number from 0 to 4194303 is needed" + damaged
            ),
            ("model.vocab", "{\"a\":-1}", "the id of \"a\" is another number, a whole number from 0 to 4194303 is needed" + damaged),
            ("model.vocab", "{\"?\":1,\"a\":2,\"b\":2}", "the id 2 belongs to \"a\" and to \"b\"" + damaged),
            (
                "added_tokens", "[{\"id\":7,\"content\":\"ab\"}]",
                "the id of the added token \"ab\" is 7, 5, as in the vocabulary is needed" + damaged
            ),
            ("added_tokens", "[{\"id\":2,\"content\":\"new\"}]", "the id 2 belongs to \"a\" and to \"new\"" + damaged),
            ("added_tokens", "[{\"content\":\"new\"}]", "the id of \"new\" is -1, it must be 0 to 4194303" + damaged),
            ("added_tokens", "[{\"id\":9,\"content\":\"\"}]", "added_tokens[0].content is 0 bytes long, 1 to 512 is needed" + damaged),
            ("added_tokens", "[3]", "added_tokens[0] is 3, an object is needed" + damaged),
            ("added_tokens", "[{\"id\":\"9\"}]", "added_tokens[0].id is \"9\", a number is needed" + damaged),
            (
                "model.vocabulary", "1",
                "the key model.vocabulary is unknown; use a newer mmagent, or save the tokenizer in the BPE format of the Gemma family"
            ),
        ] as [(String, String?, String)])
    func refusesByName(key: String, value: String?, sentence: String) {
        let error = #expect(throws: TokenizerError.self) { try load(key, value) }
        #expect(error?.description == "tokenizer.json: " + sentence)
    }

    @Test func refusesDuplicatesAndNamesFiles() throws {
        let twice = Self.small.replacing("\"a\":2,", with: "\"a\":2,\"a\":6,")
        #expect(throws: TokenizerError.duplicateToken(path: "tokenizer.json", token: "a")) { try Tokenizer(json: Array(twice.utf8)) }
        let keys = Self.small.replacing("\"fuse_unk\":true,", with: "\"fuse_unk\":true,\"fuse_unk\":true,")
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(json: Array(keys.utf8)) }
        #expect(
            error?.description == "tokenizer.json: model.fuse_unk is given twice, which this engine does not have; it supports one of it")

        let directory = try TemporaryDirectory()
        let missing = #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory.path) }
        #expect(missing?.description == "\(directory.path)/tokenizer.json cannot be read: No such file or directory")
        try directory.write("tokenizer.json", String(Self.small.prefix(40)))
        let half = #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory.path) }
        #expect(half?.description.hasPrefix("\(directory.path)/tokenizer.json is not valid JSON: ") == true)
        try directory.write("tokenizer.json", "")
        let empty = #expect(throws: TokenizerError.self) { try Tokenizer(directory: directory.path) }
        #expect(empty?.description == "\(directory.path)/tokenizer.json is not valid JSON: an object is expected at byte 0" + Self.damaged)
    }

    /// Composed and decomposed letters are different tokens, although they are equal as `String`.
    @Test func canonicallyEquivalentTokensStayApart() throws {
        let tokenizer = try load(
            "model.vocab", "{\"?\":1,\"<s>\":0,\"a\":2,\"b\":3,\"ab\":4,\"\u{E9}\":5,\"e\":6,\"\u{301}\":7,\"e\u{301}\":8}")
        #expect(tokenizer.encode("\u{E9}") == [5])
        #expect(tokenizer.encode("e\u{301}") == [6, 7])
        #expect(tokenizer.id(of: "\u{E9}") == 5 && tokenizer.id(of: "e\u{301}") == 8)
    }

    @Test(arguments: UInt64(1)...4) func survivesFuzzing(seed: UInt64) {
        var mutator = Mutator(seed: seed)
        var loaded = 0
        let count = fuzzCount(800)
        for _ in 0..<count {
            guard let tokenizer = try? Tokenizer(json: mutator.mutate(Array(Self.small.utf8))) else { continue }
            loaded += 1
            let ids = tokenizer.encode("ab ba<s>é\u{0}") + tokenizer.encodePlain("ab<s>")
            #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularyCount })
            _ = tokenizer.decode(ids, skipSpecial: true)
        }
        #expect(loaded > 0 && loaded < count * 7 / 8, "\(loaded)")
    }
}
