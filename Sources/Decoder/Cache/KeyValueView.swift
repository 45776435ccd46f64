/// A flat look at a cache's pages during one step: where each block of rows lies and which rows each query of the step may see.
///
/// Built once a step and shared by all layers of the kind: 24 bytes for 64 rows, no row is copied. Valid only while the stream that
/// the pages belong to is held by the step.
///
/// Unchecked because it holds addresses: a step's workers read them, and write only the step's own new rows, each its own.
struct KeyValueView: @unchecked Sendable {
    struct Block {
        /// Index of the block's first row among all rows of the cache.
        let start: Int
        let count: Int
        let base: UnsafeMutablePointer<Float>
    }

    let shape: KeyValueShape
    let blocks: [Block]
    let rowCount: Int
    /// For each row of the step: the cache rows it sees, `[first row inside the window, itself]`. Contiguous, as positions ascend.
    let visible: [Range<Int>]

    /// - Parameter newRows: how many rows at the end of the cache are this step's.
    init(_ cache: KeyValueCache, newRows: Int) {
        shape = cache.shape
        rowCount = cache.rowCount
        var blocks: [Block] = []
        blocks.reserveCapacity(cache.pages.count)
        var start = 0
        for page in cache.pages {
            blocks.append(Block(start: start, count: page.count, base: page.keys(layer: 0)))
            start += page.count
        }
        self.blocks = blocks

        let firstNew = rowCount - newRows
        guard let window = cache.window else {
            visible = (0..<newRows).map { 0..<firstNew + $0 + 1 }
            return
        }
        // The window is tested on positions, never on row indices: evicted rows leave holes.
        let positions = cache.positions
        var first = 0
        visible = (0..<newRows).map { index in
            let query = positions[firstNew + index]
            while positions[first] <= query - window { first += 1 }
            return first..<firstNew + index + 1
        }
    }

    func keys(_ block: Block, layer: Int) -> UnsafeMutablePointer<Float> {
        block.base + layer * 2 * KeyValuePage.capacity * shape.width
    }

    func values(_ block: Block, layer: Int) -> UnsafeMutablePointer<Float> {
        block.base + (layer * 2 + 1) * KeyValuePage.capacity * shape.width
    }

    /// Stores the keys and values `[new rows, width]` of one layer in the cache's last rows.
    func write(keys: [Float], values: [Float], layer: Int) {
        let width = shape.width
        let newRows = keys.count / width
        var index = blocks.count - 1
        var end = newRows
        // Backwards from the end of the cache: the step's rows fill the last pages.
        while end > 0 {
            let block = blocks[index]
            let count = min(end, block.count)
            let target = (block.count - count) * width
            let source = (end - count) * width
            keys.withUnsafeBufferPointer { rows in
                (self.keys(block, layer: layer) + target).update(from: rows.baseAddress.unsafelyUnwrapped + source, count: count * width)
            }
            values.withUnsafeBufferPointer { rows in
                (self.values(block, layer: layer) + target).update(from: rows.baseAddress.unsafelyUnwrapped + source, count: count * width)
            }
            end -= count
            index -= 1
        }
    }
}
