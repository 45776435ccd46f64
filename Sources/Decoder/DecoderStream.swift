/// One sequence as the decoder has seen it: a position counter and the keys and values of its rows.
///
/// Copying the value is the fork: both copies share the pages of the rows so far, and each goes on alone (a copy of at most one
/// page of each kind is made when one of them appends).
public struct DecoderStream: Sendable {
    /// Position of the next row. Counts every row ever pushed, evicted or not.
    public internal(set) var nextPosition: Int64
    var sliding: KeyValueCache
    var full: KeyValueCache

    init(sliding: KeyValueCache, full: KeyValueCache, firstPosition: Int64) {
        self.sliding = sliding
        self.full = full
        nextPosition = firstPosition
    }

    /// Rows the full-attention layers hold; the sliding layers hold at most the window's, in whole pages.
    public var rowCount: Int { full.rowCount }

    /// Bytes of keys and values, shared pages included.
    public var bytes: Int { sliding.bytes + full.bytes }

    /// Bytes of the pages that both streams hold; what a fork does not cost.
    public func sharedBytes(with other: DecoderStream) -> Int {
        sliding.sharedBytes(with: other.sliding) + full.sharedBytes(with: other.full)
    }

    /// Deletes the rows whose positions lie in `positions`, in every layer. The other rows keep their positions, so what later rows
    /// compute equals a run in which the deleted keys are masked.
    public mutating func evict(positions: Range<Int64>) {
        sliding.evict(positions)
        full.evict(positions)
    }

    /// Replaces rows at the beginning by those of another stream, which lie before all others.
    package mutating func replace(_ range: Range<Int64>, with prefix: DecoderStream) {
        evict(positions: range)
        sliding.prepend(prefix.sliding)
        full.prepend(prefix.full)
        sliding.dropInvisible(nextPosition: nextPosition)
    }

    /// Positions of the rows in the full-attention layers, ascending.
    package var positions: [Int64] { full.positions }
    /// Positions of the rows in the sliding layers, ascending.
    package var slidingPositions: [Int64] { sliding.positions }
}
