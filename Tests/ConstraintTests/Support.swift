import Checkpoint
import Constraint
import Foundation
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every run.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }
}

/// A small vocabulary of the shapes a real one has: control tokens, bytes, letters again, words with and without a space before them,
/// pieces of syntax, words of several characters beyond ASCII.
enum SmallVocabulary {
    static let end: Int32 = 1
    static let marks: [String: Int32] = [CallSyntax.quote: 4, CallSyntax.open: 5, CallSyntax.close: 6]
    static let firstByte: Int32 = 8

    static let words: [String] = {
        var words = (0x20...0x7E).map { String(UnicodeScalar(UInt8($0))) }
        words += ["\n", "\t", "é", "ß", "日", "本", "日本", "😀", "😀😀", "é\u{301}", "\u{2028}"]
        words += [
            "\"\"", "\",", "\", \"", "\":", "\": ", "\": \"", "\"}", "\"},", "\"]", "\"],", "},", "}, {", "}}", "]}", "]]", "],", "{\"",
            "[\"", "[[", "{}", "[]", ", ", ": ", ":[", ":{",
        ]
        words += ["\\n", "\\\"", "\\\\", "\\u", "\\u00", "\\ud8", "\\ud83d\\ude00", "a\"", " a\"", "é\"", "\\"]
        words += [
            "10", "123", "00", "-1", "0.", ".5", "e1", "1,", "5}", "7]", "true", "false", "null", "tr", "ue", "nul", "true,", "null}",
        ]
        words += [
            "the", " the", "red", " red", "blue", "green", "a_b", "name", "place", "call", "call:", "x", "kind", "size", "items", "value",
        ]
        words += ["<|", "<|\"", "|>", "<", "a<", "<|x", "<b>", "2026", "-11", "-29", "T", "ab", "aab", "abab", "    ", "          "]
        return words
    }()

    static let count = Int(firstByte) + 256 + words.count

    static func bytes(_ id: Int32) -> [UInt8]? {
        if id < firstByte { return nil }
        if id < firstByte + 256 { return [UInt8(id - firstByte)] }
        return Array(words[Int(id - firstByte) - 256].utf8)
    }

    static let trie = VocabularyTrie(count: count, marks: marks) { bytes($0) }

    static func byte(_ byte: UInt8) -> Int32 { firstByte + Int32(byte) }

    /// What ids say; marks as they are written.
    static func text(_ ids: [Int32]) -> String { String(decoding: ids.flatMap(written), as: UTF8.self) }

    static func written(_ id: Int32) -> [UInt8] {
        if let mark = marks.first(where: { $0.value == id }) { return Array(mark.key.utf8) }
        return bytes(id) ?? []
    }

    /// A text byte by byte, with marks as their tokens.
    static func spelled(_ text: String) -> [Int32] {
        var ids: [Int32] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            if let mark = marks.first(where: { rest.starts(with: $0.key.utf8) }) {
                ids.append(mark.value)
                rest = rest.dropFirst(mark.key.utf8.count)
            } else {
                ids.append(byte(rest.removeFirst()))
            }
        }
        return ids
    }
}

extension TokenConstraint {
    static func json(_ schema: String) throws -> TokenConstraint {
        try TokenConstraint(.json(try Schema(parsing: schema.utf8)), SmallVocabulary.trie, ends: [SmallVocabulary.end])
    }

    static func call(_ name: String, _ schema: String) throws -> TokenConstraint {
        try TokenConstraint(
            .call(functions: [(name, try Schema(parsing: schema.utf8))]), SmallVocabulary.trie, ends: [SmallVocabulary.end])
    }

    /// Whether a text may be said, whole.
    func accepts(_ text: String) -> Bool {
        var state = start
        for id in SmallVocabulary.spelled(text) {
            guard let next = advance(state, id) else { return false }
            state = next
        }
        return isComplete(state)
    }

    /// Says something at random, and checks at every step that there is something to say.
    /// - Parameter patience: tokens after which it hurries to an end.
    mutating func say(_ random: inout Seeded, patience: Int = 40) throws -> [Int32] {
        var state = start
        var said: [Int32] = []
        while true {
            let mask = mask(for: state)
            try #require(!mask.isEmpty, "a dead end after \(SmallVocabulary.text(said))")
            if isComplete(state) {
                try #require(mask.contains(SmallVocabulary.end))
                if mask.only == SmallVocabulary.end || said.count > patience || random.chance(0.3) { return said }
            }
            var ids = mask.ids.filter { $0 != SmallVocabulary.end }
            if said.count > patience {
                for closing in Self.closing {
                    guard let found = ids.first(where: { closing.contains($0) }), random.chance(0.9) else { continue }
                    ids = [found]
                    break
                }
            }
            let id = try #require(ids.randomElement(using: &random))
            state = try #require(advance(state, id), "\(id) is allowed and leads nowhere after \(SmallVocabulary.text(said))")
            said.append(id)
            try #require(said.count < 40_000)
        }
    }

    /// What ends a string, and what ends an array or an object.
    private static let closing: [Set<Int32>] = [
        Set([CallSyntax.quote, CallSyntax.close].compactMap { SmallVocabulary.marks[$0] }),
        Set("\"}]".utf8.map(SmallVocabulary.byte)),
    ]
}

extension TokenMask {
    var ids: [Int32] { (0..<Int32(count)).filter(contains) }
}

/// How many inputs a fuzz test tries: `MMAGENT_FUZZ`, which scripts/fuzz sets, or what is enough for every day.
func fuzzCount(_ everyday: Int) -> Int { ProcessInfo.processInfo.environment["MMAGENT_FUZZ"].flatMap(Int.init) ?? everyday }
