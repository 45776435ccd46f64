import Constraint

/// As many tokens as Gemma 4's vocabulary has, of the same shapes: bytes, words with and without a space before them, in several
/// scripts, numbers, runs of white space and of punctuation. Drawn from a seed.
enum SyntheticVocabulary {
    static let count = 262_144

    static func tokens() -> [[UInt8]] {
        var tokens: [[UInt8]] = [[], [], [], [], [], [], []] + (0...255).map { [UInt8($0)] }
        var known = Set(tokens)
        func add(_ text: String) { if known.insert(Array(text.utf8)).inserted { tokens.append(Array(text.utf8)) } }
        var random = SplitMix(state: 1)
        for length in 1...31 { for text in [" ", "\n", "\t", "-", "=", "*"] { add(String(repeating: text, count: length)) } }
        let marks = Array("\"'`,.:;()[]{}<>/\\|!?=+-*&%$#@_~^")
        while tokens.count < 9000 {
            add(
                (random.chance(0.3) ? " " : "")
                    + String((0..<Int.random(in: 1...4, using: &random)).compactMap { _ in marks.randomElement(using: &random) }))
        }
        let scripts: [(share: Double, letters: [Character], lengths: ClosedRange<Int>)] = [
            (0.62, Array("etaoinshrdlucmfwypvbgkqjxz"), 2...12), (0.12, Array("оеаинтсрвлкмдпуяыьгзбчйхжшюцщ"), 2...9),
            (0.14, (0x4E00..<0x5E00).compactMap { UnicodeScalar($0).map(Character.init) }, 1...3),
            (0.06, Array("اليمنرتبوسدعكقفحجهشصخذطغ"), 2...7), (0.06, Array("कखगघचछजटठडणतथदधनपफबभमयरलवशषसह"), 1...6),
        ]
        while tokens.count < count {
            var draw = Double.random(in: 0..<1, using: &random)
            let script =
                scripts.first {
                    draw -= $0.share; return draw < 0
                } ?? scripts[0]
            // Common letters are more common: words share beginnings, as those of a real vocabulary do.
            let letters = (0..<Int.random(in: script.lengths, using: &random)).map { _ in
                let place = Double.random(in: 0..<1, using: &random) * Double.random(in: 0..<1, using: &random)
                return script.letters[Int(place * Double(script.letters.count))]
            }
            let word = String(letters)
            add((random.chance(0.5) ? " " : "") + (random.chance(0.15) ? word.capitalized : word))
        }
        return tokens
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }

        mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &self) < probability }
    }
}

extension String {
    fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
