import Checkpoint
import Decoder
import Tensors
import Testing

/// Eviction, positions, and memory over a long run.
struct StreamTests {
    @Test(arguments: Fixture.names)
    func evictionKeepsThePositionsOfWhatStays(_ name: String) throws {
        let fixture = try Fixture(name)
        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(.text(fixture.randomTokens(300, seed: 6)), into: &stream)
        let fork = stream
        stream.evict(positions: 10..<20)
        stream.evict(positions: 64..<128)
        stream.evict(positions: 120..<130)
        stream.evict(positions: 290..<1000)
        stream.evict(positions: 50..<50)
        let gone = Set(Array(10..<20) + Array(64..<130) + Array(290..<300))
        #expect(stream.positions == (0..<300).filter { !gone.contains($0) }.map(Int64.init))
        #expect(stream.rowCount == 300 - gone.count)
        #expect(stream.nextPosition == 300)
        #expect(fork.positions == Array(0..<300))

        fixture.decoder.ingest(.text([300, 301]), into: &stream)
        #expect(stream.positions.suffix(2) == [300, 301])
    }

    @Test func pagesStayHalfFullHoweverSmallTheHoles() throws {
        let fixture = try Fixture("e2b")
        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(.text(fixture.randomTokens(1280, seed: 7)), into: &stream)
        let full = stream.bytes
        // Seven of every eight rows, one hole at a time: 160 rows remain, at least 3 in 4 of the bytes must be freed.
        for start in stride(from: Int64(0), to: 1280, by: 8) { stream.evict(positions: start + 1..<start + 8) }
        #expect(stream.rowCount == 160)
        #expect(stream.bytes < full / 4)
        #expect(stream.positions == stride(from: Int64(0), to: 1280, by: 8).map { $0 })
    }

    @Test(arguments: Fixture.names)
    func slidingLayersKeepOnlyWhatLaterRowsCanSee(_ name: String) throws {
        let fixture = try Fixture(name)
        let window = Int64(fixture.text.slidingWindow)
        var stream = fixture.decoder.makeStream()
        for start in stride(from: 0, to: 1000, by: 50) {
            fixture.decoder.ingest(.text(fixture.randomTokens(50, seed: UInt64(start))), into: &stream)
            let kept = stream.slidingPositions
            #expect(kept.suffix(Int(window) - 1) == Array((stream.nextPosition - window + 1)..<stream.nextPosition)[...])
            // At most the window's rows and one page that the window's edge cuts.
            #expect(kept.count <= Int(window) + 63)
        }
        #expect(stream.rowCount == 1000)
    }

    /// A system prefix that stays, and a budget of 400 rows for what follows: 6000 rows later not a byte more.
    @Test func memoryStaysFlatUnderABudget() throws {
        let fixture = try Fixture("e2b")
        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(.text(fixture.randomTokens(30, seed: 8)), into: &stream)
        var sizes: [Int] = []
        for step in 0..<100 {
            fixture.decoder.ingest(.text(fixture.randomTokens(60, seed: UInt64(step))), into: &stream)
            stream.evict(positions: 30..<max(30, stream.nextPosition - 400))
            #expect(stream.rowCount <= 430)
            sizes.append(stream.bytes)
        }
        #expect(stream.nextPosition == 6030)
        #expect(stream.positions.prefix(30) == Array(0..<30)[...])
        let early = try #require(sizes[10..<55].max()), late = try #require(sizes[55...].max())
        #expect(late <= early)
    }

    @Test(arguments: Fixture.names) func aMovedPrefixIsTheSamePrefixNearer(_ name: String) throws {
        let fixture = try Fixture(name)
        let prefix = InputRows.text(fixture.randomTokens(20, seed: 1))
        let question = InputRows.text(fixture.randomTokens(30, seed: 2))
        var near = fixture.decoder.makeStream()
        fixture.decoder.ingest(prefix, into: &near)
        let expected = fixture.decoder.logits(question, into: &near)

        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(prefix, into: &stream)
        fixture.decoder.ingest(.text(fixture.randomTokens(700, seed: 3)), into: &stream)
        stream.evict(positions: 20..<720)
        var far = stream
        #expect(largestDifference(fixture.decoder.logits(question, into: &far), expected) > 1e-2)
        #expect(fixture.decoder.movePrefix(prefix, at: 0..<20, to: 700, of: &stream) == 700..<720)
        #expect(stream.rowCount == 20 && stream.positions == Array(700..<720))
        #expect(largestDifference(fixture.decoder.logits(question, into: &stream), expected) < 1e-3)
    }

    @Test func aPrefixMovesUpToTheOldestRow() throws {
        let fixture = try Fixture("e2b")
        let prefix = InputRows.text(fixture.randomTokens(70, seed: 1))
        var stream = fixture.decoder.makeStream()
        fixture.decoder.ingest(prefix, into: &stream)
        fixture.decoder.ingest(.text(fixture.randomTokens(400, seed: 3)), into: &stream)
        stream.evict(positions: 70..<300)
        let fork = stream
        #expect(fixture.decoder.movePrefix(prefix, at: 0..<70, to: 230, of: &stream) == 230..<300)
        #expect(stream.positions == Array(230..<470) && stream.rowCount == 240)
        #expect(fork.positions == Array(0..<70) + Array(300..<470))
    }

    @Test(arguments: Fixture.names, [Int64(1_000_000), 1 << 40])
    func onlyDifferencesOfPositionsMatter(_ name: String, _ shift: Int64) throws {
        let fixture = try Fixture(name)
        let prompt = try fixture.prompt()
        var near = fixture.decoder.makeStream(), far = fixture.decoder.makeStream(firstPosition: shift)
        let expected = fixture.decoder.logits(prompt, into: &near)
        let logits = fixture.decoder.logits(prompt, into: &far)
        #expect(largestDifference(logits, expected) < 1e-3)
        #expect(far.positions == near.positions.map { $0 + shift })
    }
}
