import Constraint
import Testing

/// Patterns, against the standard library's regular expressions on short texts of their own letters.
@Suite struct PatternTests {
    @Test(arguments: [
        "a", "^a", "a$", "^a$", "^$", "", "a|b", "^a|b$", "^(a|b)$", "a*", "^a*$", "^a+b?$", "^(ab)+$", "^a{2}$", "^a{2,}$", "^a{1,3}b$",
        "^a{0}$",
        "^[ab]+$", "^[^ab]+$", "^[a-c]$", "^[-a]$", "^[a\\-]$", "^\\d+$", "^\\D+$", "^\\w+$", "^\\W+$", "^\\s$", "^\\S+$", "^[\\d-]+$",
        "^[^\\d]+$",
        "^.$", "^a.b$", "^(?:a|bc)*$", "^(a(b(c)))$", "^(?<x>a)b$", "a.*b.*c", "^(a|ab)(c|bc)$", "^\\.\\*\\[$", "^a{,$", "^a\\{1\\}$",
        "^\\x61\\u0062$",
        "^a*?b+?$", "(^a|b)c", "a(b|$)", "^(a*)*$", "^(a|a)*$", "^(|a)b$", "^é[à-ü]$", "^[😀-😂]$", "\\t",
    ])
    func aPatternAcceptsWhatItIsFoundIn(_ pattern: String) throws {
        let text = pattern.replacing("\\", with: "\\\\")
        let constraint = try TokenConstraint.json(#"{"type":"string","pattern":"\#(text)"}"#)
        var random = Seeded(UInt64(pattern.utf8.reduce(7) { $0 &* 31 &+ Int($1) }.magnitude))
        let letters = ["a", "b", "c", "ab", "1", "-", ".", " ", "é", "ü", "😀", "*", "[", "{", "\\t", "a", "b"]
        var texts = ["", "a", "b", "ab", "abc", "aab", "aaa", "aaaa", "éü", "😂", "\\t"]
        for _ in 0..<(RandomWalkTests.isQuick ? 30 : 300) {
            texts.append((0..<Int.random(in: 0...5, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }.joined())
        }
        for text in texts {
            let meant = text.replacing("\\t", with: "\t")
            // \w and \W stay within what everybody reads alike, which is less.
            if pattern.lowercased().contains("\\w"), !meant.utf8.allSatisfy({ $0 < 0x80 }) { continue }
            #expect(constraint.accepts("\"\(text)\"") == Patterns.isFound(pattern, in: meant), "\(pattern) and \(meant)")
        }
    }

    /// What is said under a pattern has it, whatever the letters are.
    @Test(arguments: ["^[^a-y]{1,4}$", "^\\S{2,5}$", "^.{1,6}$", "^[^\\w]+$", "^\\W\\D$"]) func whatIsSaidHasThePattern(_ pattern: String)
        throws
    {
        var random = Seeded(9)
        var constraint = try TokenConstraint.json(
            #"{"type":"string","pattern":"\#(pattern.replacing("\\", with: "\\\\"))","maxLength":12}"#)
        for _ in 0..<100 {
            let said = SmallVocabulary.text(try constraint.say(&random))
            let value = try JSONText.string(said)
            #expect(Patterns.isFound(pattern, in: value), "\(pattern) and \(said)")
        }
    }

    @Test(arguments: [
        ("a(?=b)", "lookahead"), ("a(?!b)", "lookahead"), ("(?<=a)b", "lookbehind"), ("(?<!a)b", "lookbehind"), ("(a)\\1", "backreference"),
        ("(?<n>a)\\k<n>", "backreference"), ("\\bword\\b", "word boundary"), ("\\p{L}", "Unicode properties"), ("(?i)a", "flags"),
        ("(a", "no ')'"),
        ("a)", "closes nothing"), ("[a", "no ']'"), ("*a", "nothing before"), ("a**", "two quantifiers"), ("a++", "two quantifiers"),
        ("a{3,1}", "counts down"), ("a{2000}", "repeats more than 1000"), ("[b-a]", "a range of a class"), ("[]a]", "begins with ']'"),
        ("\\y", "unknown"),
        ("a{,3}", "write {0,3}"), ("^*", "anchor"), ("\\ud800", "half a character"), ("a\\", "ends with a"),
    ])
    func whatIsNotRegularIsRefusedByName(_ pattern: String, _ part: String) throws {
        let text = pattern.replacing("\\", with: "\\\\")
        do {
            _ = try TokenConstraint.json(#"{"type":"string","pattern":"\#(text)"}"#)
            Issue.record("\(pattern) is accepted")
        } catch let error as ConstraintError {
            #expect(error.description.contains(part.replacing("{0,3}", with: "{0,n}")), "\(error)")
            #expect(error.description.hasPrefix("schema.pattern is \""), "\(error)")
        }
    }

    @Test func automataThatGrowAreRefused() throws {
        for pattern in ["(a|b)*a(a|b){14}", "(.{1,1000}){1,1000}", "x.{900}y", "^(.|a){0,1000}(.|b){0,1000}x"] {
            #expect(throws: ConstraintError.self) { try TokenConstraint.json(#"{"type":"string","pattern":"\#(pattern)"}"#) }
        }
    }
}
