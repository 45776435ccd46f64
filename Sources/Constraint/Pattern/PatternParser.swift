/// Reads the regular part of ECMAScript's regular expressions, where Python's mean the same. What is no regular language, or what
/// the two read differently, is refused by name.
struct PatternParser {
    struct Problem: Error {
        let text: String
    }

    static let maximumNesting = 32
    static let maximumRepetitions = 1000

    private let scalars: [UInt32]
    private var position = 0
    private var nesting = 0

    static func parse(_ pattern: String) throws(Problem) -> Pattern {
        var parser = PatternParser(scalars: pattern.unicodeScalars.map(\.value))
        let result = try parser.alternatives()
        guard parser.current == nil else { throw Problem(text: "a ')' closes nothing; write \\)") }
        return result
    }

    private init(scalars: [UInt32]) { self.scalars = scalars }

    private var current: UInt32? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        let wanted = text.unicodeScalars.map(\.value)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(Problem) -> Pattern {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(Problem) -> Pattern {
        var parts: [Pattern] = []
        while let scalar = current, scalar != 0x7C, scalar != 0x29 {
            let part = try atom()
            parts.append(try quantified(part))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func atom() throws(Problem) -> Pattern {
        if take("^") { return .start }
        if take("$") { return .end }
        if take(".") { return .set(ShorthandSet.dot) }
        if take("[") { return .set(try characterClass()) }
        if take("(") { return try group() }
        if take("\\") { return .set(try escape(inClass: false).narrow) }
        if take("*") || take("+") || take("?") { throw Problem(text: "a quantifier has nothing before it; write it with a '\\'") }
        guard let scalar = current else { throw Problem(text: "it ends where a character is expected") }
        position += 1
        return .set(ScalarSet([scalar...scalar]))
    }

    private mutating func group() throws(Problem) -> Pattern {
        if take("?") {
            if take(":") {
            } else if take("=") || take("!") {
                throw Problem(text: "lookahead is not regular here; write what the string is, not what it is not")
            } else if take("<=") || take("<!") {
                throw Problem(text: "lookbehind is not regular here; write what the string is, not what it is not")
            } else if take("<") || take("P<") {
                while let scalar = current, scalar != 0x3E { position += 1 }
                guard take(">") else { throw Problem(text: "the name of a group has no '>'") }
            } else {
                throw Problem(text: "a group begins with (? and something that is unknown; flags cannot be set, groups are ( ) or (?: )")
            }
        }
        nesting += 1
        guard nesting <= Self.maximumNesting else { throw Problem(text: "groups are nested more than \(Self.maximumNesting) deep") }
        let inside = try alternatives()
        guard take(")") else { throw Problem(text: "a '(' has no ')'; write \\(") }
        nesting -= 1
        return inside
    }

    // MARK: Quantifiers

    private mutating func quantified(_ part: Pattern) throws(Problem) -> Pattern {
        let counts: (Int, Int?)
        if take("*") {
            counts = (0, nil)
        } else if take("+") {
            counts = (1, nil)
        } else if take("?") {
            counts = (0, 1)
        } else if let braces = try braces() {
            counts = braces
        } else {
            return part
        }
        if part == .start || part == .end { throw Problem(text: "an anchor cannot be repeated") }
        // A lazy quantifier finds other matches and accepts the same strings.
        _ = take("?")
        if let scalar = current, [0x2A, 0x2B, 0x3F].contains(scalar) {
            throw Problem(text: "two quantifiers follow each other; a possessive one is not obeyed, put what is repeated into (?: )")
        }
        return .repeated(part, minimum: counts.0, maximum: counts.1)
    }

    /// `{2}`, `{2,}`, `{2,5}`; nil, and nothing consumed: the brace stands for itself.
    private mutating func braces() throws(Problem) -> (Int, Int?)? {
        let begin = position
        guard take("{") else { return nil }
        let low = try number()
        if low == nil, take(","), try number() != nil, take("}") {
            throw Problem(text: "{,n} is not the same everywhere; write {0,n}")
        }
        guard let low else {
            position = begin
            return nil
        }
        var high: Int? = low
        if take(",") { high = try number() }
        guard take("}") else {
            position = begin
            return nil
        }
        if let high, high < low { throw Problem(text: "{\(low),\(high)} counts down; write the smaller number first") }
        return (low, high)
    }

    private mutating func number() throws(Problem) -> Int? {
        var value: Int?
        while let scalar = current, (0x30...0x39).contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar - 0x30), Self.maximumRepetitions + 1)
            position += 1
        }
        if let value, value > Self.maximumRepetitions {
            throw Problem(text: "it repeats more than \(Self.maximumRepetitions) times; use maxLength, or * with it")
        }
        return value
    }

    // MARK: Characters

    private mutating func characterClass() throws(Problem) -> ScalarSet {
        let isNegated = take("^")
        if current == 0x5D { throw Problem(text: "a class that begins with ']' is not the same everywhere; write \\]") }
        var narrow = ScalarSet([])
        var broad = ScalarSet([])
        while !take("]") {
            let low = try classMember()
            var member = low.set
            if current == 0x2D, position + 1 < scalars.count, scalars[position + 1] != 0x5D {
                position += 1
                let high = try classMember()
                guard let first = low.scalar, let last = high.scalar, first <= last else {
                    throw Problem(text: "a range of a class does not go from a character to a later one; write \\- for a hyphen")
                }
                member = .exactly(ScalarSet([first...last]))
            }
            narrow = narrow.union(member.narrow)
            broad = broad.union(member.broad)
        }
        return isNegated ? broad.complement : narrow
    }

    private mutating func classMember() throws(Problem) -> (set: ShorthandSet, scalar: UInt32?) {
        guard let scalar = current else { throw Problem(text: "a '[' has no ']'; write \\[") }
        position += 1
        guard scalar == 0x5C else { return (.exactly(ScalarSet([scalar...scalar])), scalar) }
        let set = try escape(inClass: true)
        let ranges = set.narrow.ranges
        return (set, ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil)
    }

    /// What follows a backslash.
    private mutating func escape(inClass: Bool) throws(Problem) -> ShorthandSet {
        guard let value = current, let scalar = Unicode.Scalar(value) else { throw Problem(text: "it ends with a '\\'; write \\\\") }
        position += 1
        switch scalar {
        case "d": return .digit
        case "D": return .digit.negated
        case "w": return .word
        case "W": return .word.negated
        case "s": return .space
        case "S": return .space.negated
        case "n": return .exactly(ScalarSet("\n"))
        case "r": return .exactly(ScalarSet("\r"))
        case "t": return .exactly(ScalarSet("\t"))
        case "f": return .exactly(ScalarSet("\u{0C}"))
        case "v": return .exactly(ScalarSet("\u{0B}"))
        case "0" where !(current.map { (0x30...0x39).contains($0) } ?? false): return .exactly(ScalarSet("\0"))
        case "x": return .exactly(try hexadecimal(2))
        case "u": return .exactly(try hexadecimal(4))
        case "b" where inClass: return .exactly(ScalarSet("\u{08}"))
        case "b", "B": throw Problem(text: "the word boundary \\\(scalar) is not obeyed; write the characters around it")
        case "0"..."9", "k": throw Problem(text: "a backreference is not regular; write the alternatives out")
        case "p", "P": throw Problem(text: "Unicode properties are not obeyed; write the ranges of characters")
        case "a"..."z", "A"..."Z": throw Problem(text: "\\\(scalar) is unknown; leave the backslash out")
        default: return .exactly(ScalarSet([value...value]))
        }
    }

    private mutating func hexadecimal(_ digits: Int) throws(Problem) -> ScalarSet {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let scalar = current.flatMap(Unicode.Scalar.init), scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
                throw Problem(text: "\(digits) hexadecimal digits are expected after \\\(digits == 2 ? "x" : "u")")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard !ScalarSet.surrogates.contains(value) else {
            throw Problem(text: "it has half a character (\\ud800 to \\udfff); write the character")
        }
        return ScalarSet([value...value])
    }
}
