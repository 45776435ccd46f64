/// Finds added tokens in a text: the leftmost one, and of those that begin there the longest.
///
/// A trie over bytes. UTF-8 never matches inside another character, so bytes are enough.
struct AddedTokenMatcher {
    struct Match: Equatable {
        var range: Range<Int>
        var id: Int32
    }

    private struct Node {
        var id: Int32 = -1
        var isSpecial = false
    }

    private var nodes = [Node()]
    /// Child of a node by `node << 8 | byte`.
    private var children: [Int: Int] = [:]
    /// Whether any token begins with a byte: most bytes of a text are passed over by this alone.
    private var begins = [Bool](repeating: false, count: 256)

    mutating func insert(_ content: [UInt8], id: Int32, isSpecial: Bool) {
        guard let head = content.first else { return }
        begins[Int(head)] = true
        var node = 0
        for byte in content {
            let key = node << 8 | Int(byte)
            if let child = children[key] {
                node = child
            } else {
                nodes.append(Node())
                children[key] = nodes.count - 1
                node = nodes.count - 1
            }
        }
        nodes[node] = Node(id: id, isSpecial: isSpecial)
    }

    /// The next match at or after `start`. With `special` false, special tokens are passed over as if they were not there.
    func next(in bytes: [UInt8], from start: Int, special: Bool) -> Match? {
        if children.isEmpty { return nil }
        var begin = start
        while begin < bytes.count {
            if begins[Int(bytes[begin])] {
                var node = 0
                var end = begin
                var best: Match?
                while end < bytes.count, let child = children[node << 8 | Int(bytes[end])] {
                    node = child
                    end += 1
                    if nodes[node].id >= 0, special || !nodes[node].isSpecial { best = Match(range: begin..<end, id: nodes[node].id) }
                }
                if let best { return best }
            }
            begin += 1
        }
        return nil
    }
}
