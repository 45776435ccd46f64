import Constraint

/// Text in the model's syntax of functions: its marks are tokens of their own, and what clients wrote is text whatever it spells.
package struct MarkedText: Hashable, Sendable {
    package enum Piece: Hashable, Sendable {
        /// One token, by its name.
        case mark(String)
        case plain(String)
    }

    package private(set) var pieces: [Piece] = []
    /// Of what is written, marks included.
    package private(set) var byteCount = 0

    package init() {}

    package mutating func append(_ text: String) {
        guard !text.isEmpty else { return }
        byteCount += text.utf8.count
        if case .plain(let before)? = pieces.last {
            pieces[pieces.count - 1] = .plain(before + text)
        } else {
            pieces.append(.plain(text))
        }
    }

    package mutating func append(_ other: MarkedText) {
        for piece in other.pieces {
            switch piece {
            case .mark(let name): mark(name)
            case .plain(let text): append(text)
            }
        }
    }

    package mutating func mark(_ name: String) {
        pieces.append(.mark(name))
        byteCount += name.utf8.count
    }

    /// A string between two quotes.
    package mutating func quote(_ text: String) {
        mark(CallSyntax.quote)
        append(text)
        mark(CallSyntax.quote)
    }

    /// As the model's files write it.
    package var written: String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .mark(let name): text += name
            case .plain(let plain): text += plain
            }
        }
    }
}
