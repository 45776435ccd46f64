/// The byte strings of tokens as a tree in one run of arrays: nodes in preorder, so that a walk reads forwards and passes over what
/// it cannot enter.
struct ByteTrie: Sendable {
    /// Longer tokens are never allowed: a count of their characters fits a byte beside 255, which says something else there.
    static let maximumBytes = 254

    struct Node {
        var byte: UInt8
        /// The bytes before it.
        var depth: UInt8
        /// The tokens that end here are so many from `firstToken` of `tokens`: byte tokens share theirs with letters.
        var tokens: UInt16 = 0
        var firstToken: Int32
        /// The node after the last one below.
        var end: Int32 = 0
    }

    private(set) var nodes: [Node] = []
    private(set) var tokens: [Int32] = []
    private(set) var maximumDepth = 0

    var count: Int { nodes.count }

    /// - Parameter entries: token ids; their bytes are `text[offsets[id]..<offsets[id + 1]]`.
    init(_ entries: [Int32], text: [UInt8], offsets: [Int32]) {
        text.withUnsafeBufferPointer { text in
            func bytes(_ id: Int32) -> UnsafeBufferPointer<UInt8>.SubSequence { text[Int(offsets[Int(id)])..<Int(offsets[Int(id) + 1])] }
            let sorted = entries.sorted {
                let (a, b) = (bytes($0), bytes($1))
                for (x, y) in zip(a, b) where x != y { return x < y }
                return a.count == b.count ? $0 < $1 : a.count < b.count
            }
            // The nodes from the root to the last one.
            var path: [Int] = []
            for id in sorted {
                let word = bytes(id)
                var shared = 0
                for byte in word {
                    guard shared < path.count, nodes[path[shared]].byte == byte else { break }
                    shared += 1
                }
                for node in path[shared...] { nodes[node].end = Int32(nodes.count) }
                path.removeLast(path.count - shared)
                for byte in word.dropFirst(shared) {
                    nodes.append(Node(byte: byte, depth: UInt8(path.count), firstToken: Int32(tokens.count)))
                    path.append(nodes.count - 1)
                }
                // A node may have 65 535; a vocabulary repeats a text twice.
                guard let last = path.last, nodes[last].tokens < .max else { continue }
                tokens.append(id)
                nodes[last].tokens += 1
                maximumDepth = max(maximumDepth, path.count)
            }
            for node in path { nodes[node].end = Int32(nodes.count) }
        }
    }

    /// The longest token that some bytes begin with, and how many it has; nil: there is none.
    func longest(_ symbols: ArraySlice<Symbol>) -> (token: Int32, count: Int)? {
        var found: (token: Int32, count: Int)?
        var (index, end) = (0, nodes.count)
        for (depth, symbol) in symbols.enumerated() {
            while index < end, Symbol(nodes[index].byte) != symbol { index = Int(nodes[index].end) }
            guard index < end else { break }
            if nodes[index].tokens > 0 { found = (tokens[Int(nodes[index].firstToken)], depth + 1) }
            end = Int(nodes[index].end)
            index += 1
        }
        return found
    }
}
