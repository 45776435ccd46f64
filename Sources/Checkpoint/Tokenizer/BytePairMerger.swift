/// The merge rules of a byte-pair encoding and their application to a text of n symbols in O(n log n): a doubly linked list of
/// symbols and a heap of the pairs that may merge, lowest rank first and leftmost among equals.
///
/// The order is that of Sennrich et al. 2016 (https://arxiv.org/abs/1508.07909): always the pair that was learnt first.
struct BytePairMerger {
    struct Rule: Equatable {
        /// Place in the list of merges; lower merges first.
        var rank: UInt32
        var result: Int32
    }

    /// Rules by `left << 32 | right`.
    private var rules: [UInt64: Rule] = [:]

    mutating func reserve(_ count: Int) { rules.reserveCapacity(count) }

    /// A later rule for the same pair replaces an earlier one, as in the reference.
    mutating func insert(left: Int32, right: Int32, rank: UInt32, result: Int32) {
        rules[Self.key(left, right)] = Rule(rank: rank, result: result)
    }

    /// Merges until no rule applies.
    /// - Parameter forbidden: tokens that must not come out of a merge, by id; empty if there are none.
    func merge(_ symbols: [Int32], forbidden: Set<Int32> = []) -> [Int32] {
        let count = symbols.count
        guard count > 1, count < Int(Int32.max) else { return symbols }
        var ids = symbols
        var next = (1...count).map(Int32.init)  // `count` is the end
        var previous = (-1..<count - 1).map(Int32.init)
        var heap = PairHeap()

        for position in 0..<count - 1 {
            if let rule = activeRule(position, ids, next, forbidden) { heap.push(rank: rule.rank, position: UInt32(position)) }
        }
        while let pair = heap.pop() {
            let position = Int(pair.position)
            // Entries are not removed when their pair disappears: a dead symbol, or another pair by now, shows here.
            guard ids[position] >= 0, let rule = activeRule(position, ids, next, forbidden), rule.rank == pair.rank else { continue }
            let right = Int(next[position])
            ids[position] = rule.result
            ids[right] = -1
            next[position] = next[right]
            if Int(next[right]) < count { previous[Int(next[right])] = Int32(position) }
            if let rule = activeRule(position, ids, next, forbidden) { heap.push(rank: rule.rank, position: UInt32(position)) }
            let left = Int(previous[position])
            if left >= 0, let rule = activeRule(left, ids, next, forbidden) { heap.push(rank: rule.rank, position: UInt32(left)) }
        }
        return ids.filter { $0 >= 0 }
    }

    /// The rule for the symbol at `position` and the one after it, if any.
    private func activeRule(_ position: Int, _ ids: [Int32], _ next: [Int32], _ forbidden: Set<Int32>) -> Rule? {
        let right = Int(next[position])
        guard right < ids.count, let rule = rules[Self.key(ids[position], ids[right])] else { return nil }
        return forbidden.contains(rule.result) ? nil : rule
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}

/// A binary min-heap of (rank, position), packed into one integer each so that a comparison is one instruction.
private struct PairHeap {
    private var entries: [UInt64] = []

    mutating func push(rank: UInt32, position: UInt32) {
        let entry = UInt64(rank) << 32 | UInt64(position)
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if entries[parent] <= entry { break }
            entries[child] = entries[parent]
            child = parent
        }
        entries[child] = entry
    }

    mutating func pop() -> (rank: UInt32, position: UInt32)? {
        guard let top = entries.first, let last = entries.popLast() else { return nil }
        if !entries.isEmpty {
            var parent = 0
            while true {
                var child = 2 * parent + 1
                if child >= entries.count { break }
                if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
                if last <= entries[child] { break }
                entries[parent] = entries[child]
                parent = child
            }
            entries[parent] = last
        }
        return (UInt32(truncatingIfNeeded: top >> 32), UInt32(truncatingIfNeeded: top))
    }
}
