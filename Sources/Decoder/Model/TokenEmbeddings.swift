import Checkpoint
import Layers
import Tensors

/// The input side: token embeddings times sqrt(hidden), media rows in their places, and the per-layer inputs of each row.
///
/// Both tables stay in the checkpoint's memory map; a row of E2B reads 3 kB of one and 18 kB of the other.
struct TokenEmbeddings: Sendable {
    let hidden: Int
    private let table: WeightMatrix
    private let scale: Float
    private let perLayer: PerLayerEmbeddings?

    init(_ scope: WeightScope, _ text: TextConfiguration) throws(CheckpointError) {
        hidden = text.hiddenSize
        table = try scope.table("embed_tokens.weight", rows: text.vocabularySize, columns: text.hiddenSize)
        scale = Self.scale(text.hiddenSize, stored: table.format, computed: scope.format)
        perLayer = text.perLayerInputSize > 0 ? try PerLayerEmbeddings(scope, text) : nil
    }

    /// sqrt(width). The reference multiplies in the type it runs in: a bf16 checkpoint run as published rounds the factor (39.25
    /// for 1536, not 39.19), the same checkpoint widened to f32 does not.
    static func scale(_ width: Int, stored: WeightFormat, computed: WeightFormat) -> Float {
        let exact = Float(width).squareRoot()
        guard stored == .bf16, computed != .f32 else { return exact }
        // Round to nearest, ties to even, on the upper 16 bits.
        let bits = exact.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) & 0xFFFF_0000)
    }

    /// `[rows, hidden]`.
    func callAsFunction(_ rows: InputRows) -> Matrix {
        var x = Matrix(zeros: rows.count, hidden)
        var isSoft = [Bool](repeating: false, count: rows.count)
        for run in rows.soft {
            x.values.replaceSubrange(run.start * hidden..<run.range.upperBound * hidden, with: run.embeddings.values)
            for row in run.range { isSoft[row] = true }
        }
        for (row, id) in rows.tokens.enumerated() where !isSoft[row] {
            let embedding = table.row(Int(id))
            for column in 0..<hidden { x.values[row * hidden + column] = embedding[column] * scale }
        }
        return x
    }

    /// The per-layer inputs of some layers for rows `range`; nil in models without them.
    /// - Parameter embedded: their input embeddings, `[range.count, hidden]`.
    func perLayerInputs(_ rows: InputRows, range: Range<Int>, embedded: Matrix, layers: Range<Int>) -> PerLayerInputs? {
        guard let perLayer, !layers.isEmpty else { return nil }
        return perLayer(rows, range: range, embedded: embedded, layers: layers)
    }
}

/// Per-layer inputs of a run of layers, `[rows, layers.count * width]`.
struct PerLayerInputs: Sendable {
    let layers: Range<Int>
    let width: Int
    let values: Matrix

    /// `[rows, width]` of one layer.
    func slice(layer: Int) -> Matrix {
        let offset = (layer - layers.lowerBound) * width
        var slice: [Float] = []
        slice.reserveCapacity(values.rows * width)
        for row in 0..<values.rows {
            let start = row * values.columns + offset
            slice.append(contentsOf: values.values[start..<start + width])
        }
        return Matrix(rows: values.rows, columns: width, values: slice)
    }
}

/// `p = (norm(W e / sqrt(hidden)) + table[token] * sqrt(width)) / sqrt(2)`, for every layer a slice of `width`; `e` is the input
/// embedding, and a media row's token is the padding token.
struct PerLayerEmbeddings: Sendable {
    private let width: Int
    /// Row of the padding token: what media rows take, and tokens beyond a per-layer table that is shorter than the vocabulary.
    private let padding: Int
    private let table: WeightMatrix
    private let tableScale: Float
    private let projection: WeightMatrix
    private let projectionScale: Float
    private let norm: RMSNorm
    private let pool: ThreadPool

    init(_ scope: WeightScope, _ text: TextConfiguration) throws(CheckpointError) {
        width = text.perLayerInputSize
        padding = Int(text.padTokenID)
        let columns = text.layerCount * width
        table = try scope.table("embed_tokens_per_layer.weight", rows: text.perLayerVocabularySize, columns: columns)
        tableScale = TokenEmbeddings.scale(width, stored: table.format, computed: scope.format)
        projection = try scope.matrix("per_layer_model_projection.weight", outputs: columns, inputs: text.hiddenSize)
        projectionScale = 1 / Float(text.hiddenSize).squareRoot()
        norm = try RMSNorm(scope, "per_layer_projection_norm", width: width, epsilon: text.rmsNormEpsilon)
        pool = scope.pool
    }

    func callAsFunction(_ rows: InputRows, range: Range<Int>, embedded: Matrix, layers: Range<Int>) -> PerLayerInputs {
        let columns = layers.lowerBound * width..<layers.upperBound * width
        var projected = projection.multiply(embedded, rows: columns, pool: pool)
        Operations.scaleInPlace(&projected, by: projectionScale)
        var values = norm.heads(projected, count: layers.count)
        var isSoft = [Bool](repeating: false, count: rows.count)
        for run in rows.soft { for row in run.range { isSoft[row] = true } }
        let half = Float(0.5).squareRoot()
        for (index, row) in range.enumerated() {
            let token = Int(rows.tokens[row])
            let embedding = table.row(isSoft[row] || token >= table.outputs ? padding : token)
            let base = index * columns.count
            values.values.withUnsafeMutableBufferPointer { values in
                embedding.withUnsafeBufferPointer { embedding in
                    for column in 0..<columns.count {
                        values[base + column] = (values[base + column] + embedding[columns.lowerBound + column] * tableScale) * half
                    }
                }
            }
        }
        return PerLayerInputs(layers: layers, width: width, values: values)
    }
}
