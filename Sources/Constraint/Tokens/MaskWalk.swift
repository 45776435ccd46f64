/// The tokens on which one way through a grammar goes on: tree of bytes and grammar walked together.
///
/// Inside numbers and strings, where most tokens are entered, the walk is a loop over the tree's arrays with the automaton's state by
/// depth; only where a token leaves them does it step the grammar itself.
struct MaskWalk {
    private let grammar: Grammar
    private let trie: ByteTrie
    private(set) var mask: TokenMask
    /// By depth: the automaton's state, the characters so far, and the byte that led on.
    private var positions: [UInt16]
    private var counts: [UInt32]
    private var path: [UInt8]

    init(_ grammar: Grammar, _ trie: ByteTrie, _ mask: TokenMask) {
        self.grammar = grammar
        self.trie = trie
        self.mask = mask
        positions = [UInt16](repeating: 0, count: trie.maximumDepth + 1)
        counts = [UInt32](repeating: 0, count: trie.maximumDepth + 1)
        path = [UInt8](repeating: 0, count: trie.maximumDepth + 1)
    }

    mutating func run(_ thread: Thread) { visit(thread, 0, trie.count) }

    /// - Parameters: the first child and the node after the last descendant of the node where the way stands.
    private mutating func visit(_ thread: Thread, _ first: Int, _ end: Int) {
        guard first < end, let frame = thread.frames.last else { return }
        switch grammar.nodes[Int(frame.node)] {
        case .bare(let machine): inside(thread, frame, TextRule(machine: machine), isKey: false, first, end)
        case .text(let rule) where frame.place == .inside: inside(thread, frame, rule, isKey: false, first, end)
        case .key(let rule): inside(thread, frame, rule, isKey: true, first, end)
        default:
            var child = first
            while child < end {
                leave(thread, child)
                child = Int(trie.ends[child])
            }
        }
    }

    /// Steps the grammar by a node's byte, and goes on below it.
    private mutating func leave(_ thread: Thread, _ node: Int) {
        var found: [Thread] = []
        grammar.step(thread, Symbol(trie.bytes[node]), &found)
        guard !found.isEmpty else { return }
        allow(node)
        for next in found { visit(next, node + 1, Int(trie.ends[node])) }
    }

    @inline(__always)
    private mutating func allow(_ node: Int) {
        for index in trie.tokenStarts[node]..<trie.tokenStarts[node + 1] { mask.insert(trie.tokens[Int(index)]) }
    }

    private mutating func inside(_ thread: Thread, _ frame: Frame, _ rule: TextRule, isKey: Bool, _ first: Int, _ end: Int) {
        let machine = grammar.machines[rule.machine]
        let base = Int(trie.depths[first])
        positions[base] = frame.position
        counts[base] = frame.count
        var node = first
        while node < end {
            let depth = Int(trie.depths[node])
            let byte = trie.bytes[node]
            let position = positions[depth]
            let next = machine.next(position, byte)
            if next != ByteMachine.none {
                let count = counts[depth] + (machine.isBoundary[Int(position)] ? 1 : 0)
                path[depth] = byte
                if Int(count) + Int(machine.distance[Int(next)]) <= rule.maximum,
                    !isKey || count < rule.maximum || grammar.keyIsNew(thread, frame, key: key(thread, frame, base...depth))
                {
                    allow(node)
                    positions[depth + 1] = next
                    counts[depth + 1] = count
                    node += 1
                    continue
                }
            } else if Self.ends(byte), machine.accepting[Int(position)], counts[depth] >= rule.minimum {
                var left = thread
                left.top.place = .inside
                left.top.position = position
                left.top.count = counts[depth]
                if isKey { left.names = thread.names + path[base..<depth] }
                leave(left, node)
            }
            node = Int(trie.ends[node])
        }
    }

    private func key(_ thread: Thread, _ frame: Frame, _ depths: ClosedRange<Int>) -> ArraySlice<UInt8> {
        thread.names[Int(frame.names)...] + path[depths]
    }

    /// The bytes that end a value or a key.
    @inline(__always)
    private static func ends(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: ":")
    }
}
