/// The tokens that stay inside a string of any text, from one state of its automaton, and how many characters each has: with it the
/// mask of a string is a comparison for each token, however much room is left.
struct FreeText: Sendable {
    private let counts: [UInt8]

    /// Of tokens that do not stay inside.
    private static let outside = UInt8.max

    init(_ machine: ByteMachine, _ position: UInt16, _ trie: ByteTrie, count: Int) {
        var result = [UInt8](repeating: Self.outside, count: count)
        var positions = [UInt16](repeating: position, count: trie.maximumDepth + 1)
        var counts = [UInt8](repeating: 0, count: trie.maximumDepth + 1)
        var node = 0
        while node < trie.count {
            let depth = Int(trie.depths[node])
            let next = machine.next(positions[depth], trie.bytes[node])
            guard next != ByteMachine.none else {
                node = Int(trie.ends[node])
                continue
            }
            positions[depth + 1] = next
            counts[depth + 1] = min(counts[depth] + (machine.isBoundary[Int(positions[depth])] ? 1 : 0), Self.outside - 1)
            for index in trie.tokenStarts[node]..<trie.tokenStarts[node + 1] { result[Int(trie.tokens[Int(index)])] = counts[depth + 1] }
            node += 1
        }
        self.counts = result
    }

    /// The tokens for which there is room.
    func mask(room: Int) -> TokenMask {
        // The longest token has 254 characters or more and is told apart from those outside by one.
        let limit = UInt8(min(room, Int(Self.outside) - 1))
        var mask = TokenMask(count: counts.count)
        counts.withUnsafeBufferPointer { counts in
            for word in mask.words.indices {
                var bits: UInt64 = 0
                let first = word * 64
                for place in first..<min(first + 64, counts.count) where counts[place] <= limit { bits |= 1 << UInt64(place - first) }
                mask.words[word] = bits
            }
        }
        return mask
    }
}
