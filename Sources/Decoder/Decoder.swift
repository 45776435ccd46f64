public import Checkpoint
import Layers
public import Tensors

/// The unified transformer of the Gemma 4 family: text, image and audio rows in, logits out.
///
/// Immutable weights; everything that changes lives in a `DecoderStream`. There are two depths: `ingest` runs only the layers that
/// leave keys and values behind, `decode` all of them. Both may be mixed freely, in any chunking: the logits are the same.
public final class Decoder: Sendable {
    /// Most rows one internal step computes: bounds the activations (a few MB at E2B's shape) and is where the matrix kernels reach
    /// their full rate. Also the recommended number of rows a call should be given by callers who want to stop or interleave other
    /// work between calls; one such `ingest` of E2B takes about a second on two cores.
    public static let maximumStepRows = 128

    public let configuration: ModelConfiguration
    private let embeddings: TokenEmbeddings
    private let layers: [DecoderLayer]
    /// The last layer that owns keys and values: of the layers from here on, context rows need only its keys and values.
    private let lastProducer: Int
    private let norm: RMSNorm
    private let head: WeightMatrix
    private let softcap: Float?
    private let pool: ThreadPool
    private let slidingRotary: RotaryEmbedding
    private let fullRotary: RotaryEmbedding
    private let emptyStream: DecoderStream

    /// Reads the text model's weights.
    /// - Throws: `CheckpointError` naming the tensor that is missing or has another shape than the configuration says.
    public init(checkpoint: Checkpoint) throws(CheckpointError) {
        configuration = checkpoint.configuration
        let text = checkpoint.configuration.text
        let scope = checkpoint.root.scope("model.language_model")
        pool = scope.pool
        // The head is tied to the embedding table. It comes first: after it, the table's pages in the map are only gathered from.
        head = try scope.matrix("embed_tokens.weight", outputs: text.vocabularySize, inputs: text.hiddenSize)
        embeddings = try TokenEmbeddings(scope, text)

        var cacheLayers: [LayerType: [Int]] = [:]
        for layer in 0..<text.layerCount where !text.isKeyValueShared(layer: layer) {
            cacheLayers[text.layerTypes[layer], default: []].append(layer)
        }
        var layers: [DecoderLayer] = []
        for index in 0..<text.layerCount {
            let owners = cacheLayers[text.layerTypes[index], default: []]
            let cacheLayer = owners.firstIndex(of: text.keyValueSource(layer: index)) ?? 0
            layers.append(try DecoderLayer(scope.scope("layers.\(index)"), index: index, cacheLayer: cacheLayer, text))
        }
        self.layers = layers
        lastProducer = layers.lastIndex { $0.producer != nil } ?? 0
        norm = try RMSNorm(scope, "norm", width: text.hiddenSize, epsilon: text.rmsNormEpsilon)
        softcap = text.finalLogitSoftcap

        func rotary(_ kind: LayerType, _ rope: RopeParameters) -> RotaryEmbedding {
            let dimension = text.layerTypes.firstIndex(of: kind).map(text.headDimension(layer:)) ?? text.headDimension
            let pairs = rope.kind == .proportional ? Int(rope.partialRotaryFactor * Double(dimension / 2)) : dimension / 2
            return RotaryEmbedding(headDimension: dimension, theta: rope.theta, rotatedPairs: pairs)
        }
        slidingRotary = rotary(.sliding, text.slidingRope)
        fullRotary = rotary(.full, text.fullRope)

        func cache(_ kind: LayerType, window: Int64?) -> KeyValueCache {
            let owners = cacheLayers[kind, default: []]
            let width = owners.first.map { text.keyValueHeads(layer: $0) * text.headDimension(layer: $0) } ?? 0
            return KeyValueCache(shape: KeyValueShape(layers: owners.count, width: width), window: window)
        }
        emptyStream = DecoderStream(
            sliding: cache(.sliding, window: Int64(text.slidingWindow)), full: cache(.full, window: nil), firstPosition: 0)
    }

    /// An empty sequence.
    public func makeStream() -> DecoderStream { emptyStream }

    /// An empty sequence that counts from `position`; only differences of positions matter to the model.
    package func makeStream(firstPosition position: Int64) -> DecoderStream {
        var stream = emptyStream
        stream.nextPosition = position
        return stream
    }

    /// Tells whether rows fit this model; `ingest`, `decode` and `logits` require it.
    /// - Throws: `DecoderError` naming the row.
    public func check(_ rows: InputRows) throws(DecoderError) {
        let text = configuration.text
        for (row, id) in rows.tokens.enumerated() where id < 0 || id >= text.vocabularySize {
            throw .token(id: id, row: row, vocabulary: text.vocabularySize)
        }
        for run in rows.soft where run.embeddings.columns != text.hiddenSize {
            throw .softWidth(row: run.start, width: run.embeddings.columns, hidden: text.hiddenSize)
        }
    }

    /// Adds rows to the stream and computes nothing but what later rows need of them: the layers up to the last producer, and of
    /// that one only keys and values. On E2B that is 28 % of the layers' parameters.
    public func ingest(_ rows: InputRows, into stream: inout DecoderStream) {
        forEachStep(rows) { part, _ in
            _ = run(part, into: &stream, tail: 0)
        }
    }

    /// Moves a prefix: the stream's first rows, which nothing stands before.
    ///
    /// Exact: the rows of a prefix see nothing but each other, and only differences of positions matter, so computed anew at
    /// other positions they are the same prefix, nearer to what comes.
    /// - Parameters:
    ///   - rows: the prefix, which lies at `old`.
    ///   - position: its new first position; all of it has to lie before the next row.
    /// - Returns: the positions at which it lies now.
    public func movePrefix(_ rows: InputRows, at old: Range<Int64>, to position: Int64, of stream: inout DecoderStream) -> Range<Int64> {
        let new = position..<position + Int64(rows.count)
        precondition(stream.positions.first { $0 >= old.upperBound } ?? stream.nextPosition >= new.upperBound, "rows lie in the way")
        var prefix = makeStream(firstPosition: position)
        ingest(rows, into: &prefix)
        stream.replace(old, with: prefix)
        return new
    }

    /// Puts another prefix in the place of the one at `old`; it may begin before position 0.
    /// - Parameter prefix: its rows, as a stream of their own; all of them have to lie before the next row.
    /// - Returns: the positions at which it lies.
    public func replacePrefix(at old: Range<Int64>, by prefix: DecoderStream, of stream: inout DecoderStream) -> Range<Int64> {
        let end = prefix.nextPosition
        precondition(stream.positions.first { $0 >= old.upperBound } ?? stream.nextPosition >= end, "rows lie in the way")
        stream.replace(old, with: prefix)
        return end - Int64(prefix.rowCount)..<end
    }

    /// Adds rows to the stream and predicts what follows the last one. Only that row goes through the layers after the producers.
    /// - Returns: logits `[vocabulary]` after the softcap; empty when `rows` is.
    public func decode(_ rows: InputRows, into stream: inout DecoderStream) -> [Float] {
        var logits: [Float] = []
        forEachStep(rows) { part, isLast in
            guard let hidden = run(part, into: &stream, tail: isLast ? 1 : 0) else { return }
            logits = self.logits(hidden).values
        }
        return logits
    }

    /// Adds rows to the stream and predicts what follows each of them.
    /// - Returns: logits `[rows, vocabulary]` after the softcap.
    public func logits(_ rows: InputRows, into stream: inout DecoderStream) -> Matrix {
        var all = Matrix(zeros: 0, configuration.text.vocabularySize)
        forEachStep(rows) { part, _ in
            guard let hidden = run(part, into: &stream, tail: part.count) else { return }
            all.append(logits(hidden))
        }
        return all
    }

    /// Adds rows to the stream and gives what the head would read of each: for other heads than the vocabulary's.
    /// - Returns: the final hidden states `[rows, hidden]`, after the last norm.
    public func hidden(_ rows: InputRows, into stream: inout DecoderStream) -> Matrix {
        var all = Matrix(zeros: 0, configuration.text.hiddenSize)
        forEachStep(rows) { part, _ in
            guard let hidden = run(part, into: &stream, tail: part.count) else { return }
            all.append(norm(hidden))
        }
        return all
    }

    /// `logits` with every intermediate result, in one step: for comparison with a reference on short inputs.
    package func trace(_ rows: InputRows, into stream: inout DecoderStream) -> DecoderTrace {
        var trace = DecoderTrace()
        let embedded = embeddings(rows)
        trace.embeddings = embedded
        trace.perLayerInputs = embeddings.perLayerInputs(rows, range: 0..<rows.count, embedded: embedded, layers: 0..<layers.count)?.values
        if let hidden = run(rows, into: &stream, tail: rows.count, observe: { trace.layers.append($0) }) {
            trace.logits = logits(hidden)
        }
        return trace
    }

    private func forEachStep(_ rows: InputRows, _ body: (InputRows, _ isLast: Bool) -> Void) {
        var start = 0
        while start < rows.count {
            let end = min(start + Self.maximumStepRows, rows.count)
            body(start == 0 && end == rows.count ? rows : rows.rows(start..<end), end == rows.count)
            start = end
        }
    }

    /// Runs one step.
    /// - Parameter tail: how many of the last rows go through all layers.
    /// - Returns: the residual stream of the tail after the last layer, `[tail, hidden]`; nil when `tail` is 0.
    private func run(
        _ rows: InputRows, into stream: inout DecoderStream, tail: Int, observe: ((Matrix) -> Void)? = nil
    ) -> Matrix? {
        precondition(
            stream.full.shape == emptyStream.full.shape && stream.sliding.shape == emptyStream.sliding.shape, "a stream of another decoder")
        let count = rows.count
        let first = stream.nextPosition
        stream.sliding.append(count: count, first: first)
        stream.full.append(count: count, first: first)
        stream.nextPosition += Int64(count)
        defer { stream.sliding.dropInvisible(nextPosition: stream.nextPosition) }
        let step = DecoderStep(
            sliding: KeyValueView(stream.sliding, newRows: count), full: KeyValueView(stream.full, newRows: count),
            slidingAngles: RotaryAngles(slidingRotary, first: first, count: count, tail: tail),
            fullAngles: RotaryAngles(fullRotary, first: first, count: count, tail: tail))

        var x = embeddings(rows)
        let tailRows = count - tail..<count
        let tailInputs =
            tail == 0
            ? nil
            : embeddings.perLayerInputs(
                rows, range: tailRows, embedded: tail == count ? x : x.rows(tailRows), layers: lastProducer..<layers.count)
        let inputs = embeddings.perLayerInputs(rows, range: 0..<count, embedded: x, layers: 0..<lastProducer)
        for layer in layers[..<lastProducer] {
            x = layer(x, perLayerInput: inputs?.slice(layer: layer.index), step: step)
            observe?(x)
        }
        for layer in layers[lastProducer...] {
            var normalised = layer.normalise(x)
            layer.storeKeysAndValues(normalised, step: step)
            if tail == 0 { return nil }
            if x.rows > tail {
                x = x.rows(tailRows)
                normalised = normalised.rows(tailRows)
            }
            x = layer.finish(x, normalised: normalised, perLayerInput: tailInputs?.slice(layer: layer.index), step: step)
            observe?(x)
        }
        return x
    }

    /// `softcap * tanh(norm(x) table^T / softcap)`.
    private func logits(_ hidden: Matrix) -> Matrix {
        var logits = head.multiply(norm(hidden), pool: pool)
        if let softcap { Operations.softcapInPlace(&logits, cap: softcap) }
        return logits
    }
}
