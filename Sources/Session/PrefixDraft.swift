import Decoder
import Tools

/// A system prompt on its way into a stream: computed apart and step by step, so that a long one holds nobody up.
struct PrefixDraft: Sendable {
    let system: String
    let declarations: MarkedText
    let rows: InputRows
    private(set) var stream: DecoderStream
    private let decoder: Decoder
    private var done = 0

    /// - Parameter position: of its first row.
    init(system: String, declarations: MarkedText, rows: InputRows, position: Int64, decoder: Decoder) {
        self.system = system
        self.declarations = declarations
        self.rows = rows
        self.decoder = decoder
        stream = decoder.makeStream(firstPosition: position)
    }

    /// Computes the next rows, `most` of them at most.
    /// - Returns: whether all are done.
    mutating func step(_ most: Int) -> Bool {
        let end = min(done + most, rows.count)
        decoder.ingest(rows.rows(done..<end), into: &stream)
        done = end
        return done == rows.count
    }
}
