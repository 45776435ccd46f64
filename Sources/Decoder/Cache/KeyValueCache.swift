/// The rows that the producer layers of one attention kind keep, as a list of shared pages in order of position.
///
/// A value: copying it copies the list of references, and appending to or evicting from the copy leaves the original as it was.
struct KeyValueCache: Sendable {
    let shape: KeyValueShape
    /// Rows at or before `newest - window + 1` can be dropped; nil for full attention.
    let window: Int64?
    private(set) var pages: [KeyValuePage] = []
    private(set) var rowCount = 0

    init(shape: KeyValueShape, window: Int64?) {
        self.shape = shape
        self.window = window
    }

    var bytes: Int { pages.count * shape.pageBytes }

    /// Bytes of the pages that `other` holds too.
    func sharedBytes(with other: KeyValueCache) -> Int {
        let theirs = Set(other.pages.map(ObjectIdentifier.init))
        return pages.count { theirs.contains(ObjectIdentifier($0)) } * shape.pageBytes
    }

    /// Opens `count` rows at positions `first...`, copying the last page when a fork shares it (at most 63 rows).
    mutating func append(count: Int, first: Int64) {
        var next = first
        let end = first + Int64(count)
        while next < end {
            if let last = pages.indices.last, pages[last].count < KeyValuePage.capacity {
                if !isKnownUniquelyReferenced(&pages[last]) {
                    let copy = KeyValuePage(shape: shape)
                    copy.append(rows: 0..<pages[last].count, of: pages[last])
                    pages[last] = copy
                }
            } else {
                pages.append(KeyValuePage(shape: shape))
            }
            let page = pages[pages.count - 1]
            let upper = min(end, next + Int64(KeyValuePage.capacity - page.count))
            page.append(positions: next..<upper)
            rowCount += Int(upper - next)
            next = upper
        }
    }

    /// Drops the pages of which no query at `nextPosition` or later can see a row: a sliding query at `q` sees `q - window < k <= q`.
    mutating func dropInvisible(nextPosition: Int64) {
        guard let window else { return }
        let invisible = pages.prefix { ($0.lastPosition ?? .min) <= nextPosition - window }
        rowCount -= invisible.reduce(0) { $0 + $1.count }
        pages.removeFirst(invisible.count)
    }

    /// Deletes the rows whose positions lie in `range`; the others keep theirs.
    ///
    /// Pages that lose rows are rewritten without them and joined with their neighbours where both fit in one page, so that pages
    /// stay at least half full on average however small the holes are. Untouched pages stay shared with the forks.
    mutating func evict(_ range: Range<Int64>) {
        var kept: [KeyValuePage] = []
        var lastIsOurs = false
        for page in pages {
            let positions = page.positions
            let lower = positions.partitioningIndex { $0 >= range.lowerBound }
            let upper = positions.partitioningIndex { $0 >= range.upperBound }
            let remaining = page.count - (upper - lower)
            rowCount -= upper - lower
            if remaining == 0 { continue }
            let joins = (kept.last?.count ?? KeyValuePage.capacity) + remaining <= KeyValuePage.capacity
            if !joins, remaining == page.count {
                kept.append(page)
                lastIsOurs = false
                continue
            }
            let target: KeyValuePage
            if joins, lastIsOurs {
                target = kept[kept.count - 1]
            } else {
                target = KeyValuePage(shape: shape)
                if joins {
                    let last = kept.removeLast()
                    target.append(rows: 0..<last.count, of: last)
                }
                kept.append(target)
                lastIsOurs = true
            }
            target.append(rows: 0..<lower, of: page)
            target.append(rows: upper..<page.count, of: page)
        }
        pages = kept
    }

    /// Puts the rows of another cache before its own; their positions are smaller.
    mutating func prepend(_ other: KeyValueCache) {
        pages = other.pages + pages
        rowCount += other.rowCount
    }

    /// Positions of all rows, ascending.
    var positions: [Int64] { pages.flatMap(\.positions) }
}

extension Array {
    /// First index whose element satisfies `predicate`, in an array that is partitioned by it.
    func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
        var lower = startIndex, upper = endIndex
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if predicate(self[middle]) { upper = middle } else { lower = middle + 1 }
        }
        return lower
    }
}
