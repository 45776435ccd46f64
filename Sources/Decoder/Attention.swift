import Tensors

/// Softmax attention of a step's queries over the cached rows; scale 1, grouped query heads.
///
/// Gemma 4 normalises queries and keys per head, so the dot products enter the softmax unscaled (no 1/sqrt(d), no cap).
struct Attention: Sendable {
    let heads: Int
    let keyValueHeads: Int
    let headDimension: Int
    let pool: ThreadPool

    /// Most score values one work item may hold, 16 MB: bounds the scratch memory whatever the context length.
    private static let scratchLimit = 4 << 20
    /// From this many queries on, matrix products are faster than going through them one by one (an ingest of E2B at 2000
    /// rows takes three quarters of the time).
    private static let blockThreshold = 16
    /// Lines, i.e. (query, head) pairs, that go over a page of keys together while it is in the core's cache: 64 x 512 of E2B's full
    /// layers are 128 kB, as is the page.
    private static let linesPerItem = 64

    /// - Parameters:
    ///   - queries: `[n, heads * headDimension]`, the last `n` rows of the step, rotated.
    ///   - view: the cache; its last rows are the step's.
    ///   - layer: the layer's place in the pages.
    /// - Returns: `[n, heads * headDimension]`.
    ///
    /// A row's softmax runs over its visible rows in order of position, whatever lies between them was evicted or not: where rows
    /// lie in pages cannot change a result beyond rounding, and with few queries not at all.
    func callAsFunction(_ queries: Matrix, view: KeyValueView, layer: Int) -> Matrix {
        let count = queries.rows
        let group = heads / keyValueHeads
        let firstQuery = view.visible.count - count
        // One query: share the heads among the threads. Many: blocks of queries with all heads of a key/value head.
        let inBlocks = count >= Self.blockThreshold
        let headsPerItem = inBlocks ? group : max(1, min(group, (heads + pool.threads - 1) / pool.threads))
        let headItems = keyValueHeads * ((group + headsPerItem - 1) / headsPerItem)
        let longest = view.visible.last?.count ?? 0
        let queriesPerItem = max(1, min(Self.linesPerItem, Self.scratchLimit / max(1, longest)) / headsPerItem)
        let queryItems = (count + queriesPerItem - 1) / queriesPerItem

        var output = Matrix(zeros: count, queries.columns)
        queries.values.withUnsafeBufferPointer { queryBuffer in
            output.values.withUnsafeMutableBufferPointer { outputBuffer in
                guard let queryRows = queryBuffer.baseAddress, let outputRows = outputBuffer.baseAddress else { return }
                // Shared by the workers: queries are only read, and each item writes its own rows and heads.
                nonisolated(unsafe) let (query, target) = (queryRows, outputRows)
                pool.parallel(headItems * queryItems) { items in
                    for item in items {
                        let headItem = item % headItems, queryItem = item / headItems
                        let splits = headItems / keyValueHeads
                        let keyValueHead = headItem / splits
                        let firstHead = keyValueHead * group + headItem % splits * headsPerItem
                        let lastHead = min(firstHead + headsPerItem, (keyValueHead + 1) * group)
                        let firstRow = queryItem * queriesPerItem
                        let attend = inBlocks ? attendBlock : attendEach
                        attend(
                            firstRow..<min(firstRow + queriesPerItem, count), firstQuery, firstHead..<lastHead, keyValueHead,
                            query, target, view, layer)
                    }
                }
            }
        }
        return output
    }

    /// Many queries: matrix products, page by page. Same sums as `attendEach` up to the order of additions.
    private func attendBlock(
        rows: Range<Int>, visibleFrom firstQuery: Int, heads headRange: Range<Int>, keyValueHead: Int,
        queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, view: KeyValueView, layer: Int
    ) {
        let first = view.visible[firstQuery + rows.lowerBound].lowerBound
        let last = view.visible[firstQuery + rows.upperBound - 1].upperBound
        let span = last - first, lines = rows.count * headRange.count
        let stride = heads * headDimension
        let scores = UnsafeMutablePointer<Float>.allocate(capacity: lines * span)
        let packedQueries = UnsafeMutablePointer<Float>.allocate(capacity: lines * headDimension)
        let packedOutput = UnsafeMutablePointer<Float>.allocate(capacity: lines * headDimension)
        defer {
            scores.deallocate()
            packedQueries.deallocate()
            packedOutput.deallocate()
        }
        // A line is a (query, head); a query's heads of one group lie side by side.
        let run = headRange.count * headDimension
        let column = headRange.lowerBound * headDimension
        for (index, row) in rows.enumerated() {
            (packedQueries + index * run).update(from: queries + row * stride + column, count: run)
        }

        let keyColumn = keyValueHead * headDimension
        let width = view.shape.width
        let blocks = view.blocks.filter { $0.start < last && $0.start + $0.count > first }
        for block in blocks {
            let part = (first..<last).clamped(to: block.start..<block.start + block.count)
            Primitives.gemm(
                packedQueries, lda: headDimension,
                view.keys(block, layer: layer) + keyColumn + (part.lowerBound - block.start) * width, ldb: width,
                scores + part.lowerBound - first, ldc: span,
                m: lines, n: part.count, k: headDimension, transposeB: true)
        }
        for line in 0..<lines {
            let visible = view.visible[firstQuery + rows.lowerBound + line / headRange.count]
            let lower = visible.lowerBound - first, upper = visible.upperBound - first
            let score = scores + line * span
            Primitives.softmax(score + lower, upper - lower)
            score.update(repeating: 0, count: lower)
            (score + upper).update(repeating: 0, count: span - upper)
        }
        for (index, block) in blocks.enumerated() {
            let part = (first..<last).clamped(to: block.start..<block.start + block.count)
            Primitives.gemm(
                scores + part.lowerBound - first, lda: span,
                view.values(block, layer: layer) + keyColumn + (part.lowerBound - block.start) * width, ldb: width,
                packedOutput, ldc: headDimension,
                m: lines, n: headDimension, k: part.count, transposeB: false, beta: index == 0 ? 0 : 1)
        }
        for (index, row) in rows.enumerated() {
            (output + row * stride + column).update(from: packedOutput + index * run, count: run)
        }
    }

    /// Few queries: row by row over the visible rows, in order; where rows lie in pages does not change a bit.
    private func attendEach(
        rows: Range<Int>, visibleFrom firstQuery: Int, heads headRange: Range<Int>, keyValueHead: Int,
        queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, view: KeyValueView, layer: Int
    ) {
        let first = view.visible[firstQuery + rows.lowerBound].lowerBound
        let last = view.visible[firstQuery + rows.upperBound - 1].upperBound
        let span = last - first
        let stride = heads * headDimension
        let scores = UnsafeMutablePointer<Float>.allocate(capacity: rows.count * headRange.count * span)
        defer { scores.deallocate() }
        let blocks = view.blocks.indices.filter { view.blocks[$0].start < last && view.blocks[$0].start + view.blocks[$0].count > first }

        /// Calls `body` for every (query row, head) that sees rows of a block: block rows, offset of the first one in `scores`.
        func forEach(_ block: KeyValueView.Block, _ body: (_ vector: Int, _ blockRows: Range<Int>, _ score: Int) -> Void) {
            for row in rows {
                let visible = view.visible[firstQuery + row].clamped(to: block.start..<block.start + block.count)
                if visible.isEmpty { continue }
                for head in headRange {
                    let line = (row - rows.lowerBound) * headRange.count + head - headRange.lowerBound
                    body(
                        row * stride + head * headDimension,
                        visible.lowerBound - block.start..<visible.upperBound - block.start,
                        line * span + visible.lowerBound - first)
                }
            }
        }

        let column = keyValueHead * headDimension
        let width = view.shape.width
        for index in blocks {
            let keys = view.keys(view.blocks[index], layer: layer) + column
            forEach(view.blocks[index]) { vector, blockRows, score in
                Primitives.scores(
                    query: queries + vector, keys: keys + blockRows.lowerBound * width, stride: width,
                    rows: blockRows.count, width: headDimension, into: scores + score)
            }
        }
        for row in rows {
            let visible = view.visible[firstQuery + row]
            for head in 0..<headRange.count {
                let line = (row - rows.lowerBound) * headRange.count + head
                Primitives.softmax(scores + line * span + visible.lowerBound - first, visible.count)
            }
        }
        for index in blocks {
            let values = view.values(view.blocks[index], layer: layer) + column
            forEach(view.blocks[index]) { vector, blockRows, score in
                Primitives.accumulate(
                    weights: scores + score, values: values + blockRows.lowerBound * width, stride: width,
                    rows: blockRows.count, width: headDimension, into: output + vector)
            }
        }
    }
}
