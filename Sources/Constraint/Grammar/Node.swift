/// One rule of a grammar. Rules refer to each other by number and never to themselves, directly or not.
enum Node: Sendable {
    /// A number, true, false or null: ends where something else follows.
    case bare(machine: Int)
    case text(TextRule)
    case object(ObjectNode)
    case array(ArrayNode)
    case choice([Int32])
    /// A key that no property names, until the byte that ends it.
    case key(TextRule)
    /// The whole of a call.
    case call(CallRule)
}

struct TextRule: Sendable {
    var machine: Int
    /// In characters. A pattern's automaton has its minimum built in.
    var minimum = 0
    var maximum = Int.max
    /// Whether the automaton takes any text: what may follow inside then depends on nothing but the room left.
    var isFree = false
}

struct ArrayNode: Sendable {
    var minimum: Int
    var maximum: Int
    var first: [Int32]
    /// -1: no more items.
    var rest: Int32

    func item(_ index: Int) -> Int32 { index < first.count ? first[index] : rest }
}

struct CallRule: Sendable {
    /// `call:NAME` of each function.
    var names: NameTrie
    var arguments: [Int32]
}

/// The rule of an object, and which keys may come next.
struct ObjectNode: Sendable {
    var names: NameTrie
    var values: [Int32]
    var all: UInt64
    var required: UInt64
    var isOrdered: Bool
    var minimum: Int
    var maximum: Int
    /// The value, and the rule of the key, of properties that are not named; -1: there are none.
    var free: Int32
    var freeKey: Int32

    func mayClose(seen: UInt64, freeCount: Int) -> Bool {
        seen & required == required && seen.nonzeroBitCount + freeCount >= minimum
    }

    /// The named properties that may come next: after each of them the object can still be finished.
    func available(seen: UInt64, freeCount: Int) -> UInt64 {
        let missing = required & ~seen
        let slots = maximum - seen.nonzeroBitCount - freeCount
        guard slots > 0 else { return 0 }
        var names = slots == missing.nonzeroBitCount ? missing : all & ~seen
        if isOrdered {
            // Behind the last one, and not past the first required one.
            if seen != 0 { names &= ~(UInt64.max >> UInt64(seen.leadingZeroBitCount)) }
            if missing != 0 { names &= UInt64.max >> UInt64(63 - missing.trailingZeroBitCount) }
            names = leavingEnough(names, seen, freeCount)
        }
        return names
    }

    /// Whether a property without a name may come next.
    func freeIsAvailable(seen: UInt64, freeCount: Int) -> Bool {
        let slots = maximum - seen.nonzeroBitCount - freeCount
        return free >= 0 && freeCount < Schema.maximumFreeProperties && slots > (required & ~seen).nonzeroBitCount
    }

    /// In order, a property that is passed over is lost: what is left behind it must make up `minProperties`.
    private func leavingEnough(_ names: UInt64, _ seen: UInt64, _ freeCount: Int) -> UInt64 {
        let freeLeft = free >= 0 ? Schema.maximumFreeProperties - freeCount : 0
        let needed = minimum - seen.nonzeroBitCount - freeCount - freeLeft
        guard needed > 1 else { return names }
        var kept = names
        for bit in 0..<64 where kept & (1 << UInt64(bit)) != 0 {
            let behind = all & ~(UInt64.max >> UInt64(63 - bit))
            if behind.nonzeroBitCount + 1 < needed { kept &= ~(1 << UInt64(bit)) }
        }
        return kept
    }
}
