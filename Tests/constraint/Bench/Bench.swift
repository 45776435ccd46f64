import Constraint
import Foundation
import Glibc

/// One vocabulary, and what its masks cost.
struct Bench {
    let tokens: [[UInt8]]
    let marks: [String: Int32]
    let trie: VocabularyTrie

    init(_ tokens: [[UInt8]]) {
        self.tokens = tokens
        // Made-up vocabularies leave the ids 4 to 6 free; real ones have the marks by name.
        var marks = [CallSyntax.quote: Int32(4), CallSyntax.open: Int32(5), CallSyntax.close: Int32(6)]
        for (id, token) in tokens.enumerated() {
            if let name = marks.keys.first(where: { token.elementsEqual($0.utf8) }) { marks[name] = Int32(id) }
        }
        self.marks = marks
        let begin = Self.now
        trie = VocabularyTrie(count: tokens.count, marks: marks) { id in
            let bytes = tokens[Int(id)]
            return VocabularyTrie.looksLikeMark(bytes) ? nil : bytes
        }
        print("\(tokens.count) tokens; their tree is made in \(Self.written(Self.now - begin))")
    }

    /// Milliseconds that this thread has computed: on a busy machine a clock would tell of others.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
    }

    static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
        let begin = now
        try body()
        return now - begin
    }

    static func written(_ milliseconds: Double) -> String { String(format: "%8.3f ms", milliseconds) }

    /// The state after a text; marks are written as they are named.
    func state(_ constraint: TokenConstraint, after text: String) -> GrammarState? {
        var state = constraint.start
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let mark = marks.first { rest.starts(with: $0.key.utf8) }
            guard let id = mark?.value ?? tokens.firstIndex(of: [rest[rest.startIndex]]).map(Int32.init),
                let next = constraint.advance(state, id)
            else { return nil }
            state = next
            rest = rest.dropFirst(mark?.key.utf8.count ?? 1)
        }
        return state
    }

    /// One line: the best of five, each with a constraint that has made no mask.
    func measure(_ name: String, _ schema: String, after text: String, isCall: Bool = false) throws {
        let schema = try Schema(parsing: schema.utf8)
        let constraint = try TokenConstraint(isCall ? .call(functions: [("look", schema)]) : .json(schema), trie, ends: [1])
        guard let state = state(constraint, after: text) else { return print("\(name): \(text) is not allowed") }
        var first = Double.infinity
        var again = Double.infinity
        var end = Double.infinity
        var allowed = 0
        for _ in 0..<5 {
            var fresh = constraint
            first = min(first, Self.milliseconds { allowed = fresh.mask(for: state).allowed })
            again = min(again, Self.milliseconds { for _ in 0..<100 { _ = fresh.mask(for: state) } } / 100)
            // Fewer tokens than it takes: the way is made, and cut into tokens.
            end = min(end, Self.milliseconds { for _ in 0..<100 { _ = fresh.canEnd(state, within: 1) } } / 100)
        }
        print(
            name.padding(toLength: 40, withPad: " ", startingAt: 0), Self.written(first), " ", Self.written(again), " ", Self.written(end),
            "  ", allowed)
    }
}
