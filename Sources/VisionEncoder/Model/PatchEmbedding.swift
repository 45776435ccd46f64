import Checkpoint
import Layers
import Tensors

/// Pixels to tokens: x = W_in (2 v - 1) + table[0][column] + table[1][row], v in 0...1.
///
/// Source: `Gemma4VisionPatchEmbedder`, transformers 5.23. The table stays in the memory map (31 MB in the published files); a picture's rows are
/// gathered from it.
struct PatchEmbedding: Sendable {
    private let projection: Linear
    /// [2 * entries, hidden]: the columns' embeddings, then the rows'.
    private let positions: WeightMatrix
    let entries: Int

    init(_ scope: WeightScope, _ configuration: VisionConfiguration) throws(CheckpointError) {
        let pixels = 3 * configuration.patchSize * configuration.patchSize
        projection = try Linear(scope, "input_proj", inputs: pixels, outputs: configuration.hiddenSize)
        entries = configuration.positionEmbeddingSize
        positions = try scope.table("position_embedding_table", shape: [2, entries, configuration.hiddenSize])
    }

    /// - Parameters:
    ///   - patches: [rows, 3 * patchSize²], 0...1
    ///   - indexes: the patch index of each row.
    ///   - columns: patches a row of the picture.
    /// - Returns: [rows, hidden]
    func callAsFunction(_ patches: Matrix, indexes: some Sequence<Int>, columns: Int) -> Matrix {
        var scaled = patches
        scaled.values.withUnsafeMutableBufferPointer { values in
            for index in 0..<values.count { values[index] = 2 * (values[index] - 0.5) }
        }
        var x = projection(scaled)
        let width = x.columns
        var columnRows: [Int: [Float]] = [:]
        var rowRows: [Int: [Float]] = [:]
        for (row, index) in indexes.enumerated() {
            let column = index % columns
            let line = index / columns
            if columnRows[column] == nil { columnRows[column] = positions.row(column) }
            if rowRows[line] == nil { rowRows[line] = positions.row(entries + line) }
            guard let horizontal = columnRows[column], let vertical = rowRows[line] else { continue }
            for offset in 0..<width { x.values[row * width + offset] += horizontal[offset] + vertical[offset] }
        }
        return x
    }
}
