/// Masks that were made, by the way through the grammar they belong to; the least recently used go first.
struct MaskCache: Sendable {
    /// Of all masks: 256 of them at 262 144 tokens.
    static let maximumBytes = 8 << 20

    private struct Entry {
        var mask: TokenMask
        var used: UInt64
    }

    private var entries: [Thread: Entry] = [:]
    private var clock: UInt64 = 0
    private let capacity: Int

    init(vocabulary: Int) {
        capacity = min(max(Self.maximumBytes / max(vocabulary / 8, 1), 16), 4096)
    }

    subscript(_ thread: Thread) -> TokenMask? {
        mutating get {
            guard let index = entries.index(forKey: thread) else { return nil }
            clock += 1
            entries.values[index].used = clock
            return entries.values[index].mask
        }
    }

    mutating func insert(_ mask: TokenMask, for thread: Thread) {
        clock += 1
        entries[thread] = Entry(mask: mask, used: clock)
        guard entries.count > capacity else { return }
        // A quarter at once: what is sorted then is not sorted again for long.
        let limit = entries.values.map(\.used).sorted()[capacity / 4]
        entries = entries.filter { $0.value.used > limit }
    }
}
