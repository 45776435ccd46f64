/// The byte strings of tokens as a tree in one run of arrays: nodes in preorder, so that a walk reads forwards and passes over what
/// it cannot enter.
struct ByteTrie: Sendable {
    /// Longer tokens are never allowed.
    static let maximumBytes = 255

    /// By node: its byte, how many are above it, and the node after its last descendant.
    private(set) var bytes: [UInt8] = []
    private(set) var depths: [UInt8] = []
    private(set) var ends: [Int32] = []
    /// The tokens that end at node n are `tokens[tokenStarts[n]..<tokenStarts[n + 1]]`: byte tokens share theirs with letters.
    private(set) var tokenStarts: [Int32] = [0]
    private(set) var tokens: [Int32] = []
    private(set) var maximumDepth = 0

    var count: Int { bytes.count }

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
                    guard shared < path.count, self.bytes[path[shared]] == byte else { break }
                    shared += 1
                }
                for node in path[shared...] { ends[node] = Int32(self.bytes.count) }
                path.removeLast(path.count - shared)
                for byte in word.dropFirst(shared) {
                    path.append(self.bytes.count)
                    self.bytes.append(byte)
                    depths.append(UInt8(path.count - 1))
                    ends.append(0)
                    tokenStarts.append(Int32(tokens.count))
                }
                tokens.append(id)
                tokenStarts[tokenStarts.count - 1] = Int32(tokens.count)
                maximumDepth = max(maximumDepth, path.count)
            }
            for node in path { ends[node] = Int32(self.bytes.count) }
        }
    }
}
