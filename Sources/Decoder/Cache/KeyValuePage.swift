import Glibc

/// A fixed block of cache rows: their positions, and their keys and values in every layer of one attention kind.
///
/// A page is shared by the forks of a stream. The reference count is the only lock: a stream writes a page only while it is the
/// page's sole owner (`isKnownUniquelyReferenced`), so what a fork sees never changes under it.
///
/// Unchecked because that rule, not the type system, keeps writers and readers apart.
final class KeyValuePage: @unchecked Sendable {
    /// Rows a page holds. One page of E2B's sliding layers is 1.5 MB, of its full layers 0.8 MB: small enough that the copy a fork
    /// makes of its last page costs well under a millisecond, large enough that attention runs over long contiguous blocks.
    static let capacity = 64

    let shape: KeyValueShape
    /// Rows in use, `0...capacity`.
    private(set) var count = 0
    private var positionStorage: [Int64]
    private let storage: UnsafeMutableRawBufferPointer

    init(shape: KeyValueShape) {
        self.shape = shape
        positionStorage = []
        positionStorage.reserveCapacity(Self.capacity)
        storage = .allocate(byteCount: shape.pageBytes, alignment: 64)
    }

    deinit {
        wipe()
        storage.deallocate()
    }

    /// What was seen and heard does not stay behind in memory that is given back. `explicit_bzero`: a compiler may leave out what is
    /// written before a release. A page of E2B takes 0.1 ms, once for 64 rows.
    private func wipe() {
        let bytes = count * shape.width * MemoryLayout<Float>.stride
        for layer in 0..<shape.layers {
            explicit_bzero(keys(layer: layer), bytes)
            explicit_bzero(values(layer: layer), bytes)
        }
    }

    /// Positions of the rows in use, ascending.
    var positions: [Int64] { positionStorage }
    var firstPosition: Int64? { positionStorage.first }
    var lastPosition: Int64? { positionStorage.last }

    /// Keys of one layer, `[capacity, width]`.
    func keys(layer: Int) -> UnsafeMutablePointer<Float> {
        base + layer * 2 * Self.capacity * shape.width
    }

    /// Values of one layer, `[capacity, width]`.
    func values(layer: Int) -> UnsafeMutablePointer<Float> {
        base + (layer * 2 + 1) * Self.capacity * shape.width
    }

    /// Opens rows for these positions; their keys and values are written by the layers afterwards.
    func append(positions: some Collection<Int64>) {
        positionStorage.append(contentsOf: positions)
        count += positions.count
    }

    /// Appends rows of another page of the same shape.
    func append(rows: Range<Int>, of other: KeyValuePage) {
        let width = shape.width
        for layer in 0..<shape.layers {
            (keys(layer: layer) + count * width).update(from: other.keys(layer: layer) + rows.lowerBound * width, count: rows.count * width)
            (values(layer: layer) + count * width).update(
                from: other.values(layer: layer) + rows.lowerBound * width, count: rows.count * width)
        }
        append(positions: other.positionStorage[rows])
    }

    private var base: UnsafeMutablePointer<Float> {
        // `allocate` above gave at least one byte, so the base address exists; the memory is only ever used as Float.
        storage.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    }
}

/// What a page holds: `layers` layers of `width` = key/value heads x head dimension.
struct KeyValueShape: Sendable, Equatable {
    let layers: Int
    let width: Int

    var pageBytes: Int { max(64, 2 * layers * width * KeyValuePage.capacity * MemoryLayout<Float>.stride) }
}
