/// Where rows of a stream lie in memory, without holding them there: what was to be forgotten is forgotten when nobody does.
package struct RowMemory: Sendable {
    /// Keys or values of one layer, of rows that follow one another.
    package struct Place: Sendable {
        package let address: UInt
        package let byteCount: Int
    }

    private struct Page: Sendable {
        weak var page: KeyValuePage?
        let identity: ObjectIdentifier
    }

    private var pages: [Page] = []
    package private(set) var places: [Place] = []

    /// Whether a stream or a fork still has any of the pages that the rows lay in. A page that loses rows is replaced, never rewritten.
    package var isHeld: Bool { pages.contains { $0.page != nil } }

    /// Which pages they are, or were.
    package var identities: Set<ObjectIdentifier> { Set(pages.map(\.identity)) }

    mutating func add(_ range: Range<Int64>, of cache: KeyValueCache) {
        for page in cache.pages {
            let rows =
                page.positions.partitioningIndex { $0 >= range.lowerBound }..<page.positions.partitioningIndex { $0 >= range.upperBound }
            if rows.isEmpty { continue }
            pages.append(Page(page: page, identity: ObjectIdentifier(page)))
            let width = page.shape.width
            for layer in 0..<page.shape.layers {
                for base in [page.keys(layer: layer), page.values(layer: layer)] {
                    places.append(
                        Place(
                            address: UInt(bitPattern: base + rows.lowerBound * width),
                            byteCount: rows.count * width * MemoryLayout<Float>.stride))
                }
            }
        }
    }
}

extension DecoderStream {
    /// - Parameter ranges: positions of rows.
    package func memory(of ranges: [Range<Int64>]) -> RowMemory {
        var memory = RowMemory()
        for range in ranges {
            memory.add(range, of: sliding)
            memory.add(range, of: full)
        }
        return memory
    }
}
