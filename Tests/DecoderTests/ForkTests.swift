import Checkpoint
import Decoder
import Glibc
import Tensors
import Testing

/// A copy of a stream is a fork: it shares the rows so far and touches nobody else's.
struct ForkTests {
    @Test(arguments: Fixture.names)
    func forksGoTheirOwnWays(_ name: String) throws {
        let fixture = try Fixture(name)
        let decoder = fixture.decoder
        let prefix = try fixture.prompt()
        let a = InputRows.text(fixture.randomTokens(20, seed: 1)), b = InputRows.text(fixture.randomTokens(90, seed: 2))
        let c = InputRows.text(fixture.randomTokens(30, seed: 3))

        var trunk = decoder.makeStream()
        decoder.ingest(prefix, into: &trunk)
        var left = trunk, right = trunk
        // Interleaved, so that a write through a shared page would be seen by another stream.
        var results: [[Matrix]] = [[], [], []]
        for start in stride(from: 0, to: 90, by: 10) {
            if start < 20 { results[0].append(decoder.logits(a.rows(start..<start + 10), into: &left)) }
            results[1].append(decoder.logits(b.rows(start..<start + 10), into: &right))
            if start < 30 { results[2].append(decoder.logits(c.rows(start..<start + 10), into: &trunk)) }
        }

        for (rows, parts) in zip([a, b, c], results) {
            var alone = decoder.makeStream()
            decoder.ingest(prefix, into: &alone)
            let expected = decoder.logits(rows, into: &alone)
            #expect(largestDifference(parts.flatMap(\.values), expected.values) < Fixture.rounding)
        }
    }

    @Test func aForkCostsAtMostOnePageOfEachKind() throws {
        let fixture = try Fixture("e2b")
        var trunk = fixture.decoder.makeStream()
        // 200 rows: three full pages and one with 8 rows in the full layers.
        fixture.decoder.ingest(.text(fixture.randomTokens(200, seed: 5)), into: &trunk)
        var fork = trunk
        #expect(fork.sharedBytes(with: trunk) == trunk.bytes)

        let before = trunk.positions
        fixture.decoder.ingest(.text([300]), into: &fork)
        let onePage = trunk.bytes - fork.sharedBytes(with: trunk)
        // A page holds 64 rows: of all full producers 32 + 32 floats wide in this fixture, of the sliding ones 16 + 16.
        let text = fixture.text
        let producers = (0..<text.layerCount).filter { !text.isKeyValueShared(layer: $0) }
        let rowBytes = producers.reduce(0) { $0 + 2 * 4 * text.keyValueHeads(layer: $1) * text.headDimension(layer: $1) }
        #expect(onePage == 64 * rowBytes)
        #expect(fork.bytes == trunk.bytes)
        #expect(trunk.positions == before && trunk.nextPosition == 200 && fork.nextPosition == 201)

        // The second append finds the page its own.
        fixture.decoder.ingest(.text([301]), into: &fork)
        #expect(trunk.bytes - fork.sharedBytes(with: trunk) == onePage)
    }

    /// Rows that are evicted leave their memory when the last fork that has them ends, and no number of them stays behind in it.
    @Test func memoryOfRowsThatNobodyHasIsWiped() throws {
        let fixture = try Fixture("e2b")
        var trunk = fixture.decoder.makeStream()
        fixture.decoder.ingest(.text(fixture.randomTokens(100, seed: 6)), into: &trunk)
        let memory = trunk.memory(of: [40..<80])
        let before = memory.places.map(bytes)
        #expect(!before.isEmpty && before.allSatisfy { $0?.contains { $0 != 0 } == true })
        do {
            var fork = trunk
            fixture.decoder.ingest(.text([300]), into: &fork)
            trunk.evict(positions: 40..<80)
            #expect(memory.isHeld)
            #expect(fork.positions.contains(40))
        }
        #expect(!memory.isHeld)
        for (place, old) in zip(memory.places, before) { #expect(bytes(place) != old) }
        #expect(trunk.rowCount == 60)
    }

    /// What lies there now, whosever it is; nil: nothing does.
    private func bytes(_ place: RowMemory.Place) -> [UInt8]? {
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        defer { close(memory) }
        var bytes = [UInt8](repeating: 0, count: place.byteCount)
        return pread(memory, &bytes, bytes.count, off_t(place.address)) == bytes.count ? bytes : nil
    }

    /// Forks of one trunk on different threads: the shared pages are only read, the worker pool serves one and the others go without.
    @Test func forksCanRunAtTheSameTime() async throws {
        let fixture = try Fixture("e2b")
        let decoder = fixture.decoder
        var trunk = decoder.makeStream()
        decoder.ingest(.text(fixture.randomTokens(100, seed: 20)), into: &trunk)
        let inputs = (0..<6).map { InputRows.text(fixture.randomTokens(40, seed: UInt64(30 + $0))) }
        let expected = inputs.map { rows in
            var alone = trunk
            return decoder.logits(rows, into: &alone)
        }
        let shared = trunk
        let results = await withTaskGroup(of: (Int, Matrix).self) { group in
            for (index, rows) in inputs.enumerated() {
                group.addTask {
                    var fork = shared
                    var logits = Matrix(zeros: 0, decoder.configuration.text.vocabularySize)
                    for row in 0..<rows.count { logits.append(decoder.logits(rows.rows(row..<row + 1), into: &fork)) }
                    return (index, logits)
                }
            }
            return await group.reduce(into: [Int: Matrix]()) { $0[$1.0] = $1.1 }
        }
        for (index, matrix) in expected.enumerated() {
            #expect(try largestDifference(#require(results[index]), matrix) < Fixture.rounding)
        }
    }
}
