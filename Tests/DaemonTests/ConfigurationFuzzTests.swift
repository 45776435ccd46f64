import AgentDaemon
import Foundation
import Testing

/// No text may end the process: each is a configuration or an error that names its line.
@Suite struct ConfigurationFuzzTests {
    /// `MMAGENT_FUZZ` texts; scripts/fuzz sets it.
    static let count = ProcessInfo.processInfo.environment["MMAGENT_FUZZ"].flatMap(Int.init) ?? 1500

    /// What TOML's grammar is made of, and what has broken readers of it.
    static let pieces = [
        "[", "]", "[[", "]]", "[[[", "{", "}", "=", ".", ",", "\"", "\"\"\"", "'", "'''", "\n", "\r", "\t", " ", "#", "\\", "\\u",
        "\\uD800",
        "\\UFFFFFFFF", "\u{0}", "\u{7F}", "\u{FEFF}", "\u{2028}", "é", "🙂", "_", "+", "-", "0x", "0o8", "0b2", "1_", "1__0", "nan", "+inf",
        "1e9999",
        "9223372036854775808", "1979-05-27T07:32:00Z", "07:32:99", "true", "False", "a.b.c", "[model]", "[audio]\n", "loop = true\n", "= 1",
        "\"\" = 1\n", "a = [[1], [", "{a = {b = {", String(repeating: "[", count: 300), String(repeating: "a.", count: 2000),
    ]

    @Test func noTextEndsTheProcess() throws {
        let shipped = try ["mmagentd.toml", "demo.toml"].map {
            try String(contentsOf: ConfigurationTests.root.appendingPathComponent("config/\($0)"), encoding: .utf8)
        }
        var random = SeededRandom(state: 12)
        var accepted = 0
        var refused = 0
        for round in 0..<Self.count {
            var text = round % 3 == 0 ? [] : Array(shipped[round % 2].unicodeScalars)
            if round % 4 == 0 { text = Array(text.prefix(.random(in: 0...text.count, using: &random))) }
            for _ in 0..<Int.random(in: 1...(text.isEmpty ? 12 : 3), using: &random) {
                let at = Int.random(in: 0...text.count, using: &random)
                let cut = Int.random(in: 0...min(6, text.count - at), using: &random)
                let piece = Bool.random(using: &random) ? Self.pieces.randomElement(using: &random)! : ""
                text.replaceSubrange(at..<at + cut, with: piece.unicodeScalars)
            }
            var characters = String.UnicodeScalarView()
            characters.append(contentsOf: text)
            do {
                _ = try DaemonConfiguration(text: String(characters), file: "t")
                accepted += 1
            } catch {
                refused += 1
                #expect("\(error)".hasPrefix("t:"))
            }
        }
        // Both ways are taken, or the texts are no test.
        #expect(accepted > Self.count / 50 && refused > Self.count / 4)
    }

    /// To compare strings that are not plain takes time that grows with the square of their length: a key of 60 kB took 27 seconds.
    @Test func aLongKeyIsRefusedUncompared() {
        let plain = String(repeating: "x", count: 257)
        let marks = "a" + String(repeating: "\u{301}\u{323}", count: 15_000)
        for (text, line) in [
            ("\"\(marks)\" = 1\n", 1), ("[model]\n\"\(marks)\" = 1\n", 2), ("[\"\(marks)\"]\n", 1),
            ("[model]\n\n\(plain) = 1", 3),
            ("[model]\nweights = \"\(marks)\"\n", 2), ("[socket]\nmode = \"\(marks)\"\n", 2), ("[video]\npixel_format = \"\(marks)\"\n", 2),
        ] {
            let begin = ContinuousClock.now
            let error = #expect(throws: ConfigurationError.self) { try DaemonConfiguration(text: text, file: "t") }
            #expect(ContinuousClock.now - begin < .seconds(5))
            let said = error?.description ?? ""
            #expect(said.hasPrefix("t:\(line):") && said.contains(" bytes") && said.utf8.count < 400, "\(said)")
        }
        // A system prompt may be long.
        #expect(throws: Never.self) { try DaemonConfiguration(text: "[stream]\nsystem = \"\(marks)\"\n", file: "t") }
    }

    @Test func whatTheReaderItselfDidNotExpectNamesItsLine() {
        func refusal(_ text: String) -> String {
            do {
                _ = try DaemonConfiguration(text: text, file: "t")
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal("[[[broken").hasPrefix("t:1: not TOML: what stands here"))
        #expect(refusal("[model]\nthreads = 1\n[ [[x]\n[audio]\nloop = true\n").hasPrefix("t:3: not TOML"))
        #expect(refusal("\u{0}").hasPrefix("t:1: not TOML"))
        // As deep as a file may be: freed by recursion, which needs its own stack.
        #expect(refusal(String(repeating: "a.", count: DaemonConfiguration.maximumFileBytes / 2 - 2) + "a=1").contains("no section [a]"))
        #expect(refusal("a = " + String(repeating: "[", count: 100_000)).contains("nested"))
    }
}

/// SplitMix64: the same inputs in every run.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
