import Checkpoint
import Decoder
import Tensors
import Testing

/// The result does not depend on how rows are pushed: in which chunks, and through which of the two depths.
struct ChunkingTests {
    /// Row by row; a prime; around pages and internal steps; inside the image (its rows begin before 20); whole.
    static let cuts: [[Int]] = [
        Array(repeating: 1, count: 400), Array(repeating: 7, count: 60), [64, 64, 64], [63, 2, 64], [20, 13, 31, 1, 50], [1, 400], [400],
    ]

    @Test(arguments: Fixture.names, cuts)
    func logitsAreTheSameInAnyChunks(_ name: String, _ sizes: [Int]) throws {
        let fixture = try Fixture(name)
        let prompt = try fixture.prompt()
        var stream = fixture.decoder.makeStream()
        var logits = Matrix(zeros: 0, fixture.text.vocabularySize)
        for range in chunks(of: prompt.count, sizes) {
            logits.append(fixture.decoder.logits(prompt.rows(range), into: &stream))
        }
        #expect(try largestDifference(logits, fixture.matrix("text.logits")) < 3e-4)
        #expect(stream.nextPosition == Int64(prompt.count))
    }

    @Test(arguments: Fixture.names, cuts)
    func ingestLeavesWhatDecodeWouldHave(_ name: String, _ sizes: [Int]) throws {
        let fixture = try Fixture(name)
        let prompt = try fixture.prompt()
        var everything = fixture.decoder.makeStream()
        let expected = fixture.decoder.logits(prompt, into: &everything)

        var stream = fixture.decoder.makeStream()
        for range in chunks(of: prompt.count - 1, sizes) {
            fixture.decoder.ingest(prompt.rows(range), into: &stream)
        }
        let last = fixture.decoder.decode(prompt.rows(prompt.count - 1..<prompt.count), into: &stream)
        #expect(largestDifference(last, Array(expected.row(prompt.count - 1))) < Fixture.rounding)

        let more = InputRows.text(fixture.randomTokens(9, seed: 4))
        #expect(
            largestDifference(fixture.decoder.logits(more, into: &stream), fixture.decoder.logits(more, into: &everything))
                < Fixture.rounding)
        #expect(stream.positions == everything.positions)
    }

    /// With the same steps nothing but the order of OpenBLAS's sums is left to differ, which depends on how the pool's
    /// threads share a product: what the shallow depth leaves in the cache is the same to a few units in the last place.
    @Test(arguments: Fixture.names, [WeightFormat.f32, .q8])
    func ingestAndDecodeLeaveTheSameCache(_ name: String, weights: WeightFormat) throws {
        let fixture = try Fixture(name, weights: weights)
        let prompt = try fixture.prompt()
        var shallow = fixture.decoder.makeStream(), deep = fixture.decoder.makeStream()
        for range in chunks(of: prompt.count, [1, 50, 7, 92]) {
            fixture.decoder.ingest(prompt.rows(range), into: &shallow)
            _ = fixture.decoder.logits(prompt.rows(range), into: &deep)
        }
        for id in fixture.randomTokens(30, seed: 9) {
            let a = fixture.decoder.decode(.text([id]), into: &shallow), b = fixture.decoder.decode(.text([id]), into: &deep)
            #expect(largestDifference(a, b) < 1e-5)
        }
    }

    @Test(arguments: Fixture.names)
    func decodeOfManyRowsGivesTheLastRowsLogits(_ name: String) throws {
        let fixture = try Fixture(name)
        let prompt = try fixture.prompt()
        var whole = fixture.decoder.makeStream(), tail = fixture.decoder.makeStream()
        let expected = fixture.decoder.logits(prompt, into: &whole)
        let logits = fixture.decoder.decode(prompt, into: &tail)
        #expect(largestDifference(logits, Array(expected.row(prompt.count - 1))) < Fixture.rounding)
    }

    @Test(arguments: [1, 3])
    func theNumberOfThreadsChangesNothing(_ threads: Int) throws {
        let fixture = try Fixture("e4b", pool: ThreadPool(threads: threads))
        var stream = fixture.decoder.makeStream()
        let logits = try fixture.decoder.logits(fixture.prompt(), into: &stream)
        #expect(try largestDifference(logits, fixture.matrix("text.logits")) < 3e-4)
    }

    @Test func nothingInNothingOut() throws {
        let fixture = try Fixture("e2b")
        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(InputRows(), into: &stream)
        #expect(fixture.decoder.decode(InputRows(), into: &stream).isEmpty)
        #expect(fixture.decoder.logits(InputRows(), into: &stream).rows == 0)
        #expect(stream.nextPosition == 0 && stream.rowCount == 0 && stream.bytes == 0)
    }

    private func chunks(of count: Int, _ sizes: [Int]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        for size in sizes where start < count {
            ranges.append(start..<min(start + size, count))
            start += size
        }
        if start < count { ranges.append(start..<count) }
        return ranges
    }
}
