import Decoder

/// The system turn of one client's forks of a shared stream: the stream's own words, and the functions that the client declared.
///
/// The stream's prefix belongs to all, so a fork gets this one in its place: it ends where that ends, and what was seen and heard keeps
/// its rows. Those were computed behind the shared prefix; what is asked reads the declarations.
struct ClientPrefix: Sendable {
    let rows: InputRows
    private var made: DecoderStream?
    private var start: Int64 = 0

    init(rows: InputRows) { self.rows = rows }

    /// Takes in the next rows, for a stream whose prefix ends at `end`; all over again where it has moved.
    /// - Returns: whether all are in.
    mutating func takeIn(_ most: Int = .max, endingAt end: Int64, _ decoder: Decoder) -> Bool {
        let first = end - Int64(rows.count)
        var cache = made.flatMap { start == first ? $0 : nil } ?? decoder.makeStream(firstPosition: first)
        made = nil
        start = first
        let done = Int(cache.nextPosition - first)
        let next = done + min(most, rows.count - done)
        if next > done { decoder.ingest(rows.rows(done..<next), into: &cache) }
        made = cache
        return next == rows.count
    }

    /// The fork with this prefix.
    mutating func applied(to fork: StreamFork, _ decoder: Decoder) -> StreamFork {
        _ = takeIn(endingAt: fork.prefixPositions.upperBound, decoder)
        guard let made else { return fork }
        return fork.replacingPrefix(with: made, rows: rows.count)
    }
}
