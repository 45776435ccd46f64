public import Tensors

/// Rows to push through the decoder: token ids, some of them placeholders of media rows that bring their own embedding.
///
/// A media row enters as it comes from its encoder (not scaled by sqrt(hidden)), and takes the padding token's per-layer
/// embedding; its token id is kept for the record only.
public struct InputRows: Sendable {
    /// A run of media rows: `embeddings` is `[rows, hidden]` and replaces the rows from `start` on.
    public struct SoftRows: Sendable {
        public var start: Int
        public var embeddings: Matrix

        public init(start: Int, embeddings: Matrix) {
            self.start = start
            self.embeddings = embeddings
        }

        var range: Range<Int> { start..<start + embeddings.rows }
    }

    /// One id a row; media rows hold their placeholder.
    public private(set) var tokens: [Int32]
    /// Ascending, not overlapping, inside `tokens`.
    public private(set) var soft: [SoftRows]

    public init() {
        tokens = []
        soft = []
    }

    public static func text(_ tokens: [Int32]) -> InputRows {
        var rows = InputRows()
        rows.tokens = tokens
        return rows
    }

    /// `embeddings` is `[rows, hidden]`; the rows are named by `placeholder`, e.g. the image token.
    public static func soft(_ embeddings: Matrix, placeholder: Int32) -> InputRows {
        var rows = InputRows()
        rows.tokens = [Int32](repeating: placeholder, count: embeddings.rows)
        if embeddings.rows > 0 { rows.soft = [SoftRows(start: 0, embeddings: embeddings)] }
        return rows
    }

    /// A token sequence in which each run of `placeholder` stands for the next rows of its embeddings, e.g. an expanded prompt.
    /// - Throws: `DecoderError.placeholders` when a placeholder occurs a different number of times than its matrix has rows.
    public init(tokens: [Int32], replacing media: [Int32: Matrix]) throws(DecoderError) {
        self.init()
        var used: [Int32: Int] = [:]
        var index = 0
        while index < tokens.count {
            let id = tokens[index]
            let run = tokens[index...].prefix { $0 == id || media[id] == nil && media[$0] == nil }.count
            if let matrix = media[id] {
                let start = used[id, default: 0]
                if start + run <= matrix.rows { append(.soft(matrix.rows(start..<start + run), placeholder: id)) }
                used[id] = start + run
            } else {
                append(.text(Array(tokens[index..<index + run])))
            }
            index += run
        }
        for (id, matrix) in media where used[id, default: 0] != matrix.rows {
            throw .placeholders(id: id, found: used[id, default: 0], embeddings: matrix.rows)
        }
    }

    public var count: Int { tokens.count }
    public var isEmpty: Bool { tokens.isEmpty }
    /// Media rows.
    public var softCount: Int { soft.reduce(0) { $0 + $1.embeddings.rows } }

    public mutating func append(_ other: InputRows) {
        let offset = tokens.count
        tokens += other.tokens
        soft += other.soft.map { SoftRows(start: offset + $0.start, embeddings: $0.embeddings) }
    }

    public mutating func append(tokens more: [Int32]) {
        tokens += more
    }

    /// A contiguous part, for callers that feed a long input step by step.
    public func rows(_ range: Range<Int>) -> InputRows {
        var part = InputRows.text(Array(tokens[range]))
        for run in soft {
            let inside = run.range.clamped(to: range)
            if inside.isEmpty { continue }
            let embeddings =
                inside == run.range ? run.embeddings : run.embeddings.rows(inside.lowerBound - run.start..<inside.upperBound - run.start)
            part.soft.append(SoftRows(start: inside.lowerBound - range.lowerBound, embeddings: embeddings))
        }
        return part
    }
}
