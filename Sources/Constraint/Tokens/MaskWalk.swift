/// The tokens on which one way through a grammar goes on: tree of bytes and grammar walked together.
///
/// Inside numbers and strings, where most tokens are entered, the walk is a loop over the tree's nodes with the automaton's state by
/// depth; only where a token leaves them does it step the grammar itself.
final class MaskWalk {
    private let grammar: Grammar
    private let trie: ByteTrie
    private var mask: TokenMask
    /// By depth: where the automaton is before the byte there, and that byte. Unsafe, as these are written at every node.
    private let places: UnsafeMutableBufferPointer<Place>

    private struct Place {
        var position: UInt16 = 0
        var byte: UInt8 = 0
        var characters: UInt32 = 0
    }

    private init(_ grammar: Grammar, _ trie: ByteTrie, _ mask: consuming TokenMask) {
        self.grammar = grammar
        self.trie = trie
        self.mask = mask
        places = .allocate(capacity: trie.maximumDepth + 1)
        places.initialize(repeating: Place())
    }

    deinit { places.deallocate() }

    /// A mask with the tokens added on which `thread` goes on.
    static func adding(_ thread: Thread, _ grammar: Grammar, _ trie: ByteTrie, to mask: consuming TokenMask) -> TokenMask {
        let walk = MaskWalk(grammar, trie, mask)
        walk.visit(thread, 0, trie.count)
        return walk.mask
    }

    /// - Parameters: the first child and the node after the last descendant of the node where the way stands.
    private func visit(_ thread: Thread, _ first: Int, _ end: Int) {
        guard first < end, let frame = thread.frames.last else { return }
        switch grammar.nodes[Int(frame.node)] {
        case .bare(let machine): inside(thread, frame, TextRule(machine: machine), isKey: false, first, end)
        case .text(let rule) where frame.place == .inside: inside(thread, frame, rule, isKey: false, first, end)
        case .key(let rule): inside(thread, frame, rule, isKey: true, first, end)
        default:
            var child = first
            while child < end {
                leave(thread, child)
                child = Int(trie.nodes[child].end)
            }
        }
    }

    /// Steps the grammar by a node's byte, and goes on below it.
    private func leave(_ thread: Thread, _ index: Int) {
        let node = trie.nodes[index]
        var found: [Thread] = []
        grammar.step(thread, Symbol(node.byte), &found)
        guard !found.isEmpty else { return }
        for token in trie.tokens[Int(node.firstToken)..<Int(node.firstToken) + Int(node.tokens)] { mask.insert(token) }
        for next in found { visit(next, index + 1, Int(node.end)) }
    }

    private func inside(_ thread: Thread, _ frame: Frame, _ rule: TextRule, isKey: Bool, _ first: Int, _ end: Int) {
        let base = Int(trie.nodes[first].depth)
        places[base].position = frame.position
        places[base].characters = frame.count
        var index = first
        // Each time round ends where a token may leave, or at the end.
        while index < end {
            index = stay(grammar.machines[rule.machine], rule.maximum, isKey: isKey, thread, frame, base, index, end)
            guard index < end else { return }
            let node = trie.nodes[index]
            let place = places[Int(node.depth)]
            if place.characters >= rule.minimum {
                var left = thread
                left.top.place = .inside
                left.top.position = place.position
                left.top.count = place.characters
                if isKey { left.names += places[base..<Int(node.depth)].map(\.byte) }
                leave(left, index)
            }
            index = Int(node.end)
        }
    }

    /// Allows what stays inside, from a node on; returns the next one at which an accepted value might end.
    private func stay(
        _ machine: ByteMachine, _ maximum: Int, isKey: Bool, _ thread: Thread, _ frame: Frame, _ base: Int, _ first: Int, _ end: Int
    ) -> Int {
        let limit = UInt32(clamping: maximum)
        let width = machine.width
        let places = places
        return trie.nodes.withUnsafeBufferPointer { nodes in
            trie.tokens.withUnsafeBufferPointer { tokens in
                machine.table.withUnsafeBufferPointer { table in
                    machine.classes.withUnsafeBufferPointer { classes in
                        machine.states.withUnsafeBufferPointer { states in
                            mask.words.withUnsafeMutableBufferPointer { words in
                                var index = first
                                while index < end {
                                    let node = nodes[index]
                                    let depth = Int(node.depth)
                                    let place = places[depth]
                                    let next = table[Int(place.position) * width + Int(classes[Int(node.byte)])]
                                    if next == ByteMachine.none {
                                        if states[Int(place.position)].isAccepting, Self.ends(node.byte) { return index }
                                        index = Int(node.end)
                                        continue
                                    }
                                    let characters = place.characters &+ (states[Int(place.position)].isBoundary ? 1 : 0)
                                    places[depth].byte = node.byte
                                    guard characters &+ states[Int(next)].distance <= limit,
                                        !isKey || characters < limit || keyIsNew(thread, frame, base...depth)
                                    else {
                                        index = Int(node.end)
                                        continue
                                    }
                                    places[depth + 1].position = next
                                    places[depth + 1].characters = characters
                                    for number in Int(node.firstToken)..<Int(node.firstToken) + Int(node.tokens) {
                                        let token = Int(tokens[number])
                                        words[token >> 6] |= 1 << UInt64(token & 63)
                                    }
                                    index += 1
                                }
                                return end
                            }
                        }
                    }
                }
            }
        }
    }

    private func keyIsNew(_ thread: Thread, _ frame: Frame, _ depths: ClosedRange<Int>) -> Bool {
        grammar.keyIsNew(thread, frame, key: thread.names[Int(frame.names)...] + places[depths].map(\.byte))
    }

    /// The bytes that end a value or a key.
    @inline(__always)
    private static func ends(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
            || byte == UInt8(ascii: ":")
    }
}
