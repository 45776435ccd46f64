import Checkpoint
import Decoder
import Tensors
import Testing

/// Eviction equals masking: later rows compute as if the deleted rows' keys were hidden from them, and from them only.
struct MaskingTests {
    @Test(arguments: Fixture.names)
    func theReferenceDecoderAgreesWithoutAMask(_ name: String) throws {
        let fixture = try Fixture(name)
        let tokens = fixture.randomTokens(50, seed: 10)
        let expected = try ReferenceDecoder(fixture).logits(tokens) { _, _ in true }
        var stream = fixture.decoder.makeStream()
        #expect(largestDifference(fixture.decoder.logits(.text(tokens), into: &stream), expected) < 3e-4)
    }

    @Test(arguments: Fixture.names)
    func evictedRowsAreAsIfMasked(_ name: String) throws {
        let fixture = try Fixture(name)
        let tokens = fixture.randomTokens(70, seed: 11)
        // Rows 12..<31 are deleted after row 45, rows 2..<4 and 40..<44 after row 63. Steps of 18 and 7 rows take both ways through
        // the attention.
        let expected = try ReferenceDecoder(fixture).logits(tokens) { query, key in
            !(query >= 45 && (12..<31).contains(key)) && !(query >= 63 && ((2..<4).contains(key) || (40..<44).contains(key)))
        }
        var stream = fixture.decoder.makeStream()
        var logits = fixture.decoder.logits(.text(Array(tokens[..<45])), into: &stream)
        stream.evict(positions: 12..<31)
        logits.append(fixture.decoder.logits(.text(Array(tokens[45..<63])), into: &stream))
        stream.evict(positions: 2..<4)
        stream.evict(positions: 40..<44)
        logits.append(fixture.decoder.logits(.text(Array(tokens[63...])), into: &stream))
        #expect(largestDifference(logits, expected) < 3e-4)

        // The mask is what makes the difference, not rounding.
        var unmasked = fixture.decoder.makeStream()
        let seen = fixture.decoder.logits(.text(tokens), into: &unmasked)
        #expect(largestDifference(seen.rows(45..<70), expected.rows(45..<70)) > 0.01)
    }

    /// A stream whose pages lie differently, but that sees the same rows, gives the same bits.
    @Test func whereRowsLieInPagesChangesNothing() throws {
        let fixture = try Fixture("e4b")
        let tokens = fixture.randomTokens(150, seed: 12), more = InputRows.text(fixture.randomTokens(5, seed: 13))
        var once = fixture.decoder.makeStream()
        fixture.decoder.ingest(.text(tokens), into: &once)
        var piecewise = once
        once.evict(positions: 20..<110)
        for start in stride(from: Int64(108), through: 20, by: -2) { piecewise.evict(positions: start..<start + 2) }
        #expect(piecewise.positions == once.positions)
        #expect(fixture.decoder.logits(more, into: &once) == fixture.decoder.logits(more, into: &piecewise))
    }
}
