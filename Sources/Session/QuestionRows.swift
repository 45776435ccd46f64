import Decoder

/// What a client has said and not yet asked, a piece for each part.
///
/// Text stays text until it is asked: the time that a question may begin with is tokenised together with its first words.
struct QuestionRows: Sendable {
    private enum Piece {
        case text(String, [Int32])
        case picture(InputRows)
    }

    private var pieces: [Piece] = []
    /// Cache rows, the time not counted.
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// Neither a word nor a picture.
    var isBlank: Bool {
        pieces.allSatisfy { if case .text(let text, _) = $0 { text.allSatisfy(\.isWhitespace) } else { false } }
    }

    /// - Parameter tokens: of the text alone.
    mutating func append(_ text: String, _ tokens: [Int32]) {
        pieces.append(.text(text, tokens))
        count += tokens.count
    }

    mutating func append(picture rows: InputRows) {
        pieces.append(.picture(rows))
        count += rows.count
    }

    mutating func append(_ other: QuestionRows) {
        pieces += other.pieces
        count += other.count
    }

    /// - Parameter stamp: what the question begins with; empty, of a model that is not told the time.
    func rows(_ format: StreamFormat, stamp: String) -> InputRows {
        var rows = InputRows()
        // What is heard is the question: it has its time all the same.
        if pieces.isEmpty, !stamp.isEmpty { rows.append(.text(format.plain(stamp))) }
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let text, let tokens):
                rows.append(.text(index == 0 && !stamp.isEmpty ? format.plain(stamp + text) : tokens))
            case .picture(let picture):
                if index == 0, !stamp.isEmpty { rows.append(.text(format.plain(stamp))) }
                rows.append(picture)
            }
        }
        return rows
    }
}
