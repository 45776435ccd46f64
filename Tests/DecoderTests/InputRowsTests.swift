import Checkpoint
import Decoder
import Tensors
import Testing

struct InputRowsTests {
    private func matrix(_ rows: Int, from first: Float, columns: Int = 2) -> Matrix {
        Matrix(rows: rows, columns: columns, values: (0..<rows * columns).map { first + Float($0) })
    }

    @Test func placeholdersAreReplacedInOrderAndRunsStaySeparate() throws {
        let rows = try InputRows(tokens: [1, 9, 9, 2, 3, 9, 8], replacing: [9: matrix(3, from: 0), 8: matrix(1, from: 50)])
        #expect(rows.tokens == [1, 9, 9, 2, 3, 9, 8])
        #expect(rows.soft.map(\.start) == [1, 5, 6])
        #expect(rows.soft.map(\.embeddings.values) == [[0, 1, 2, 3], [4, 5], [50, 51]])
    }

    @Test(arguments: [2, 4])
    func aWrongNumberOfPlaceholdersIsNamed(_ count: Int) {
        #expect(throws: DecoderError.placeholders(id: 9, found: 3, embeddings: count)) {
            try InputRows(tokens: [9, 9, 1, 9], replacing: [9: matrix(count, from: 0)])
        }
    }

    @Test func partsKeepTheirMediaRows() {
        var rows = InputRows.text([1, 2])
        rows.append(.soft(matrix(4, from: 0), placeholder: 9))
        rows.append(tokens: [3])
        let part = rows.rows(3..<7)
        #expect(part.tokens == [9, 9, 9, 3])
        #expect(part.soft.map(\.start) == [0])
        #expect(part.soft[0].embeddings.values == [2, 3, 4, 5, 6, 7])
        #expect(rows.rows(0..<2).soft.isEmpty)
        #expect(rows.rows(4..<4).isEmpty)
    }

    @Test func rowsThatDoNotFitTheModelAreNamed() throws {
        let fixture = try Fixture("e2b")
        let vocabulary = fixture.text.vocabularySize
        #expect(throws: DecoderError.token(id: Int32(vocabulary), row: 1, vocabulary: vocabulary)) {
            try fixture.decoder.check(.text([1, Int32(vocabulary)]))
        }
        #expect(throws: DecoderError.token(id: -1, row: 0, vocabulary: vocabulary)) { try fixture.decoder.check(.text([-1])) }
        #expect(throws: DecoderError.softWidth(row: 1, width: 2, hidden: fixture.text.hiddenSize)) {
            var rows = InputRows.text([1])
            rows.append(.soft(matrix(1, from: 0), placeholder: 9))
            try fixture.decoder.check(rows)
        }
        try fixture.decoder.check(fixture.prompt())
    }
}
