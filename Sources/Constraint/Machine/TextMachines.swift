/// The automata of strings without a pattern.
enum TextMachines {
    /// Both begin, and are between characters, in state 0.
    static let anyJSON = machine(anyJSONDraft)
    static let anyPlain = machine(anyPlainDraft)

    private static func machine(_ draft: () throws -> DraftMachine) -> ByteMachine {
        // Neither depends on anything: about twenty states each.
        guard let machine = (try? draft()).flatMap({ ByteMachine($0) }) else { preconditionFailure("any text has an automaton") }
        return machine
    }

    /// Any text between JSON's quotes: each character as itself or escaped, pairs of surrogates only whole.
    private static func anyJSONDraft() throws(DraftMachine.TooLarge) -> DraftMachine {
        var network = Network()
        let text = network.state(isBoundary: true)
        network.connect(text, Spelling.escaped.complement, text, spelling: .json)
        let escape = network.state()
        network.connect(text, word: [UInt8(ascii: "\\")], escape)
        for letter in "\"\\/bfnrt".utf8 { network.connect(escape, letter...letter, text) }
        let unit = network.state()
        network.connect(escape, word: [UInt8(ascii: "u")], unit)
        hexadecimal(&network, unit, ["0123456789abcefABCEF", any, any, any], text)
        hexadecimal(&network, unit, ["dD", "01234567", any, any], text)
        let half = network.state()
        hexadecimal(&network, unit, ["dD", "89abAB", any, any], half)
        let low = network.state()
        network.connect(half, word: Array("\\u".utf8), low)
        hexadecimal(&network, low, ["dD", "cdefCDEF", any, any], text)
        return try network.determinised(from: text, to: text)
    }

    private static let any = "0123456789abcdefABCDEF"

    private static func hexadecimal(_ network: inout Network, _ from: Int32, _ digits: [String], _ to: Int32) {
        var state = from
        for (place, allowed) in digits.enumerated() {
            let next = place == digits.count - 1 ? to : network.state()
            for digit in allowed.utf8 { network.connect(state, digit...digit, next) }
            state = next
        }
    }

    /// Any text between quote tokens. The quote's own spelling is kept out: read again as text, it would end the string.
    private static func anyPlainDraft() throws(DraftMachine.TooLarge) -> DraftMachine {
        var network = Network()
        let text = network.state(isBoundary: true)
        network.connect(text, .all, text, spelling: .plain)
        return try network.determinised(from: text, to: text).intersection(without(Array(CallSyntax.quote.utf8)))
    }

    /// Everything in which a word does not occur; the word's first byte occurs in it once.
    static func without(_ word: [UInt8]) -> DraftMachine {
        var draft = DraftMachine()
        for matched in word.indices {
            var row = [UInt16](repeating: 0, count: 256)
            row[Int(word[0])] = 1
            row[Int(word[matched])] = matched + 1 < word.count ? UInt16(matched + 1) : ByteMachine.none
            draft.rows.append(row)
            draft.accepting.append(true)
            draft.isBoundary.append(true)
        }
        return draft
    }

    static func holdsNoQuote(_ text: [UInt8]) -> Bool {
        var state = 0
        let draft = without(Array(CallSyntax.quote.utf8))
        for byte in text {
            let next = draft.rows[state][Int(byte)]
            if next == ByteMachine.none { return false }
            state = Int(next)
        }
        return true
    }

    /// One of some texts, as they are written.
    static func words(_ words: [[UInt8]]) throws(DraftMachine.TooLarge) -> DraftMachine {
        var network = Network()
        let first = network.state(isBoundary: true)
        let last = network.state()
        for word in words { network.connect(first, word: word, last) }
        return try network.determinised(from: first, to: last)
    }

    /// A key of `additionalProperties`: a letter or '_', then those and digits.
    static func key() throws(DraftMachine.TooLarge) -> DraftMachine {
        var network = Network()
        let first = network.state(isBoundary: true)
        let rest = network.state(isBoundary: true)
        for from in [first, rest] {
            for range in [
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_")...UInt8(ascii: "_"),
            ] {
                network.connect(from, range, rest)
            }
        }
        network.connect(rest, UInt8(ascii: "0")...UInt8(ascii: "9"), rest)
        return try network.determinised(from: first, to: rest)
    }
}
