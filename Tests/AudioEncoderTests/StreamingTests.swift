import AudioEncoder
import Tensors
import Testing

/// Any division of a clip into pushes gives the tokens of the whole.
@Suite struct AudioStreamingTests {
    /// 2.1 s: 53 tokens, the last of which lacks frames; the layers of the tiny checkpoint reach 30 tokens back.
    private static let samples = Signal.chirp(samples: 33_600, seed: 3)
    private static let whole = Result { encode([samples], try Golden.e2b.encoder(), minimumTokens: 64) }
    private var samples: [Float] { Self.samples }

    private static func encode(_ pieces: [[Float]], _ encoder: AudioEncoder, minimumTokens: Int) -> Matrix {
        var state = encoder.makeState(minimumTokens: minimumTokens)
        var tokens = Matrix(zeros: 0, encoder.outputWidth)
        for piece in pieces { tokens.append(encoder.push(samples: piece, into: &state)) }
        tokens.append(encoder.finish(&state))
        return tokens
    }

    @Test(arguments: Division.sweep)
    func melFramesAreTheSameToTheBit(division: Division) {
        var whole = LogMelSpectrogram()
        let expected = whole.push(samples)
        var features = LogMelSpectrogram()
        var frames = Matrix(zeros: 0, LogMelSpectrogram.binCount)
        for piece in division.pieces(of: samples) { frames.append(features.push(piece)) }
        #expect(frames == expected)
        #expect(frames.rows == (samples.count - 161) / 160 + 1)
    }

    @Test(arguments: Division.sweep, [1, 4, 12])
    func tokensEqualTheWhole(division: Division, minimumTokens: Int) throws {
        let whole = try Self.whole.get()
        #expect(whole.rows == 53)
        let streamed = Self.encode(division.pieces(of: samples), try Golden.e2b.encoder(), minimumTokens: minimumTokens)
        #expect(largestDifference(streamed, whole) <= 1e-5)
    }

    /// The narrow formats' products do not depend on how many tokens pass together, and the f32 convolutions before them
    /// always have the same shape: equal to the bit.
    @Test(arguments: [WeightFormat.bf16, .q8])
    func tokensInNarrowFormatsEqualTheWholeToTheBit(weights: WeightFormat) throws {
        let encoder = try Golden.e2b.encoder(weights: weights)
        let whole = Self.encode([samples], encoder, minimumTokens: 64)
        for (size, minimumTokens) in [(160, 1), (997, 1), (7_680, 1), (160, 4), (160, 12)] {
            let streamed = Self.encode(Division.fixed(size).pieces(of: samples), encoder, minimumTokens: minimumTokens)
            #expect(streamed == whole)
        }
    }

    @Test func melFramesMayBePushedInPlaceOfSamples() throws {
        let encoder = try Golden.e2b.encoder()
        var features = LogMelSpectrogram()
        let mel = features.push(samples)
        var state = encoder.makeState()
        var tokens = Matrix(zeros: 0, encoder.outputWidth)
        for start in stride(from: 0, to: mel.rows, by: 7) {
            tokens.append(encoder.push(mel: mel.rows(start..<min(start + 7, mel.rows)), into: &state))
        }
        tokens.append(encoder.finish(&state))
        #expect(largestDifference(tokens, try Self.whole.get()) <= 1e-5)
    }

    /// Token t is out when sample 640 (t + 1) exists, and not before.
    @Test func tokensComeAsSoonAsTheirSamplesExist() throws {
        let encoder = try Golden.e2b.encoder()
        var state = encoder.makeState()
        for token in 0..<6 {
            let beforehand = token == 0 ? 640 : 639
            let early = encoder.push(samples: [Float](repeating: 0.1, count: beforehand), into: &state)
            let due = encoder.push(samples: [0.1], into: &state)
            #expect(early.rows == 0)
            #expect(due.rows == 1)
            #expect(state.tokens == token + 1)
        }
    }

    @Test func tokensWaitForTheirGroup() throws {
        let encoder = try Golden.e2b.encoder()
        var state = encoder.makeState(minimumTokens: 4)
        var counts: [Int] = []
        for piece in Division.fixed(640).pieces(of: Signal.chirp(samples: 640 * 10, seed: 4)) {
            counts.append(encoder.push(samples: piece, into: &state).rows)
        }
        // The last sample of a token's slot is the next push's first.
        #expect(counts == [0, 0, 0, 0, 4, 0, 0, 0, 4, 0])
        state.minimumTokens = 1
        let released = encoder.push(samples: [0], into: &state)
        #expect(released.rows == 2)
        state.minimumTokens = 0
        #expect(state.minimumTokens == 1)
        state.minimumTokens = 1_000
        #expect(state.minimumTokens == 64)
    }

    @Test(arguments: [(0, 0), (1, 0), (160, 0), (161, 1), (320, 1), (321, 1), (640, 1), (641, 1), (801, 2), (16_000, 25)])
    func shortClips(clip: (samples: Int, tokens: Int)) throws {
        let encoder = try Golden.e2b.encoder()
        var state = encoder.makeState()
        let pushed = encoder.push(samples: Signal.chirp(samples: clip.samples, seed: 5), into: &state)
        #expect(state.hasPendingAudio == (clip.tokens > pushed.rows))
        let flushed = encoder.finish(&state)
        #expect(pushed.rows + flushed.rows == clip.tokens)
        #expect(flushed.columns == encoder.outputWidth)
        #expect(state.isFinished && state.tokens == clip.tokens)
        let again = encoder.finish(&state)
        #expect(again.rows == 0)
        #expect(isFinite(pushed.values + flushed.values))
    }

    /// Thirty seconds fill a block to the token; what follows is cut off where a whole clip is traced, as in the reference.
    @Test func aBlockHoldsThirtySeconds() throws {
        let encoder = try Golden.e2b.encoder()
        let stages = encoder.stages(samples: Signal.tone(300, seconds: 31, level: 0.1))
        #expect(stages.first?.output.rows == 2_999)
        #expect(stages.last?.output.rows == AudioEncoder.maximumTokensPerBlock)
    }
}
