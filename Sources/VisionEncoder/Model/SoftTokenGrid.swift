public import Tensors

/// What the decoder receives for a picture: `rows * columns` soft tokens, row by row.
public struct SoftTokenGrid: Sendable, Equatable {
    public let rows: Int
    public let columns: Int
    /// [rows * columns, decoder's hidden size]
    public let tokens: Matrix

    public init(rows: Int, columns: Int, tokens: Matrix) {
        precondition(tokens.rows == rows * columns, "\(tokens.rows) tokens are not a grid of \(columns)x\(rows)")
        self.rows = rows
        self.columns = columns
        self.tokens = tokens
    }

    /// Some of the tokens: [indexes, decoder's hidden size].
    public func tokens(at indexes: [Int]) -> Matrix { tokens.gather(indexes) }
}
