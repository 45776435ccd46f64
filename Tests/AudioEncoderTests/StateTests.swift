import AudioEncoder
import Checkpoint
import Tensors
import Testing

@Suite struct AudioStateTests {
    /// A question in mid-stream: a copy is finished for its tokens, the original goes on as if nothing had been.
    @Test(arguments: [1, 4])
    func aCopyIsASnapshot(minimumTokens: Int) throws {
        let encoder = try Golden.e2b.encoder()
        let samples = Signal.chirp(samples: 40_000, seed: 6)
        var undisturbed = encoder.makeState(minimumTokens: minimumTokens)
        var expected = encoder.push(samples: Array(samples[..<20_700]), into: &undisturbed)
        let early = expected.rows
        expected.append(encoder.push(samples: Array(samples[20_700...]), into: &undisturbed))
        expected.append(encoder.finish(&undisturbed))

        var state = encoder.makeState(minimumTokens: minimumTokens)
        var tokens = encoder.push(samples: Array(samples[..<20_700]), into: &state)
        var speculative = state
        let flushed = encoder.finish(&speculative)
        #expect(tokens.rows + flushed.rows == 33)
        tokens.append(encoder.push(samples: Array(samples[20_700...]), into: &state))
        tokens.append(encoder.finish(&state))
        #expect(tokens == expected)

        // All flushed tokens but the one cut short are those that come anyway.
        let whole = flushed.rows - 1
        if whole > 0 { #expect(largestDifference(flushed.rows(0..<whole), expected.rows(early..<early + whole)) <= 1e-5) }
        #expect(largestDifference(flushed.rows(whole..<whole + 1), expected.rows(early + whole..<early + whole + 1)) > 1e-3)
    }

    /// Each layer reaches 11 + 4 tokens back, the convolutions before them one: a changed frame changes the tokens of that
    /// span and no others.
    @Test func receptiveField() throws {
        let encoder = try Golden.e2b.encoder()
        func encode(_ mel: Matrix) -> Matrix {
            var state = encoder.makeState(minimumTokens: 64)
            var tokens = encoder.push(mel: mel, into: &state)
            tokens.append(encoder.finish(&state))
            return tokens
        }
        var features = LogMelSpectrogram()
        let mel = features.push(Signal.chirp(samples: 160 * 400, seed: 7))
        let reach = encoder.configuration.layerCount * (11 + 4)
        let original = encode(mel)
        // Token t reads frames 4t - 3 ... 4t + 3: frame 40 is read by token 10 alone, 41 to 43 by 10 and 11.
        for (frame, readers) in [(40, 10...10), (41, 10...11), (43, 10...11)] {
            var changed = mel
            for bin in 0..<mel.columns { changed.values[frame * mel.columns + bin] += 1 }
            let tokens = encode(changed)
            let differing = (0..<tokens.rows).filter {
                largestDifference(tokens.rows($0..<$0 + 1), original.rows($0..<$0 + 1)) > 1e-6
            }
            #expect(differing.first == readers.lowerBound)
            #expect(differing.last ?? 0 <= readers.upperBound + reach)
            // Far reaches fade; but past the first layer's attention something must arrive.
            #expect(differing.last ?? 0 > readers.upperBound + 15)
        }
    }

    /// Three minutes: memory is what it was after the first second.
    @Test func theStateKeepsItsSize() throws {
        let encoder = try Golden.e2b.encoder()
        var generator = SeededGenerator(seed: 8)
        var features = LogMelSpectrogram()
        let second = features.push(Signal.chirp(samples: 16_000, seed: 8)).rows(0..<96)
        var state = encoder.makeState(minimumTokens: 12)
        _ = encoder.push(mel: second, into: &state)
        let size = state.byteCount
        var largest = 0
        var frames = second.rows
        while frames < 18_000 {
            let count = Int.random(in: 1...96, using: &generator)
            _ = encoder.push(mel: second.rows(0..<count), into: &state)
            frames += count
            largest = max(largest, state.byteCount)
        }
        #expect(state.tokens >= 18_000 / 4 - 12)
        // What may wait: the frames of 11 tokens and 3 more of a twelfth.
        #expect(largest <= size + 47 * 128 * 4)
        let values = encoder.push(mel: second, into: &state).values
        #expect(!values.isEmpty && isFinite(values))
    }

    @Test func theSpectrogramKeepsItsSize() {
        var features = LogMelSpectrogram()
        var generator = SeededGenerator(seed: 9)
        var total = 0
        while total < 160_000 {
            let piece = [Float](repeating: 0.25, count: Int.random(in: 0...2_000, using: &generator))
            _ = features.push(piece)
            total += piece.count
            #expect(features.sampleCount <= 320)
        }
    }
}
