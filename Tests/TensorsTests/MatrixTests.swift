import Tensors
import Testing

@Suite struct MatrixTests {
    let matrix = Matrix(rows: 3, columns: 2, values: [1, 2, 3, 4, 5, 6])

    @Test func `rows are slices`() {
        #expect(Array(matrix.row(1)) == [3, 4])
        #expect(matrix.rows(1..<3) == Matrix(rows: 2, columns: 2, values: [3, 4, 5, 6]))
        #expect(matrix.rows(2..<2) == Matrix(zeros: 0, 2))
    }

    @Test func `appending and concatenating keep order`() {
        var grown = matrix
        grown.append(matrix.rows(0..<1))
        #expect(grown == Matrix(rows: 4, columns: 2, values: [1, 2, 3, 4, 5, 6, 1, 2]))
        #expect(Matrix.concatenation([matrix.rows(0..<1), Matrix(zeros: 0, 2), matrix.rows(1..<3)], columns: 2) == matrix)
        #expect(Matrix.concatenation([], columns: 7) == Matrix(zeros: 0, 7))
    }
}
