import AudioEncoder
import Checkpoint
import Foundation
import Tensors
import Testing

@Suite struct AudioBadInputTests {
    @Test func samplesThatAreNotFiniteCountAsSilence() throws {
        let encoder = try Golden.e2b.encoder()
        var samples = Signal.chirp(samples: 32_000, seed: 10)
        var silenced = samples
        for (index, value) in [(700, Float.nan), (701, .infinity), (5_000, -.infinity), (31_999, .nan)] {
            samples[index] = value
            silenced[index] = 0
        }
        var state = encoder.makeState()
        var expected = encoder.makeState()
        let tokens = encoder.push(samples: samples, into: &state)
        let expectedTokens = encoder.push(samples: silenced, into: &expected)
        #expect(tokens == expectedTokens)
        #expect(state.nonFiniteSamples == 4)
        #expect(expected.nonFiniteSamples == 0)
    }

    /// A burst of absurd values passes; once out of the receptive field it has left no trace.
    @Test(arguments: [Float.nan, .infinity, 3e38, -3e38, .leastNonzeroMagnitude])
    func absurdSamplesDoNotPoisonTheStream(value: Float) throws {
        let encoder = try Golden.e2b.encoder()
        let reach = encoder.configuration.layerCount * 15 + 1
        let after = Signal.chirp(samples: 640 * (reach + 20), seed: 11)
        func encode(_ first: [Float]) -> Matrix {
            var state = encoder.makeState()
            var tokens = encoder.push(samples: first + after, into: &state)
            tokens.append(encoder.finish(&state))
            return tokens
        }
        let disturbed = encode([Float](repeating: value, count: 640 * 4))
        let clean = encode([Float](repeating: 0, count: 640 * 4))
        #expect(isFinite(disturbed.values))
        let last = disturbed.rows - 15..<disturbed.rows
        #expect(largestDifference(disturbed.rows(last), clean.rows(last)) <= 1e-5)
    }

    @Test func melFramesThatAreNotFiniteCountAsSilence() throws {
        let encoder = try Golden.e2b.encoder()
        var features = LogMelSpectrogram()
        var mel = features.push(Signal.chirp(samples: 16_000, seed: 12))
        mel.values[128 * 10 + 5] = .nan
        mel.values[128 * 50] = .infinity
        var silenced = mel
        silenced.values[128 * 10 + 5] = LogMelSpectrogram.silence
        silenced.values[128 * 50] = LogMelSpectrogram.silence
        var state = encoder.makeState()
        var expected = encoder.makeState()
        let tokens = encoder.push(mel: mel, into: &state)
        let expectedTokens = encoder.push(mel: silenced, into: &expected)
        #expect(tokens == expectedTokens)
    }

    @Test func aCheckpointWithoutAudioIsRefusedByName() throws {
        let directory = try Golden.e2b.copy { $0["audio_config"] = nil }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let checkpoint = try Checkpoint(directory: directory, weights: .f32, pool: ThreadPool(threads: 1))
        let error = #expect(throws: CheckpointError.self) { try AudioEncoder(checkpoint: checkpoint) }
        #expect(error?.description.contains("audio_config") == true)
    }
}
