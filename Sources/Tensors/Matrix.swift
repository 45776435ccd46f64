/// A row-major f32 matrix, `[rows, columns]`; a row is a token everywhere in this project.
public struct Matrix: Sendable, Equatable {
    public private(set) var rows: Int
    public let columns: Int
    public var values: [Float]

    /// - Precondition: `values.count == rows * columns`.
    public init(rows: Int, columns: Int, values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) values are not [\(rows), \(columns)]")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    public init(zeros rows: Int, _ columns: Int) {
        self.init(rows: rows, columns: columns, values: [Float](repeating: 0, count: rows * columns))
    }

    public func row(_ index: Int) -> ArraySlice<Float> {
        values[index * columns..<(index + 1) * columns]
    }

    public func rows(_ range: Range<Int>) -> Matrix {
        Matrix(rows: range.count, columns: columns, values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
    }

    public mutating func append(_ other: Matrix) {
        precondition(other.columns == columns, "appending [\(other.rows), \(other.columns)] to [\(rows), \(columns)]")
        values += other.values
        rows += other.rows
    }

    /// All rows of all matrices in order, `[Σ rows, columns]`.
    public static func concatenation(_ matrices: [Matrix], columns: Int) -> Matrix {
        var all = Matrix(zeros: 0, columns)
        all.values.reserveCapacity(matrices.reduce(0) { $0 + $1.values.count })
        for matrix in matrices { all.append(matrix) }
        return all
    }
}
