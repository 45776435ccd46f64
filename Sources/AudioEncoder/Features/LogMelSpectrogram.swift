import Foundation
public import Tensors

/// 16 kHz mono samples in, log-mel frames out, 100 a second: the front end of the Gemma 4 audio tower.
///
/// Frame i is the periodic Hann window over samples [160 i - 160, 160 i + 160), zero before the stream's start, extended
/// to 512 points; ln(magnitudes . mel filters + 0.001). There is no normalisation by mean or variance. As in the reference
/// (transformers, `Gemma4AudioFeatureExtractor`), whose framing cuts 321 samples, a frame counts only when sample
/// 160 i + 160 exists too: n samples give floor((n - 161) / 160) + 1 frames, none below 161.
///
/// The value is a bounded state: at most 320 samples wait for the rest of their frame. Copy it to take a snapshot.
public struct LogMelSpectrogram: Sendable {
    public static let binCount = 128
    public static let samplesPerFrame = 160
    /// ln 0.001: what silence is, in every bin.
    public static let silence: Float = -6.9077554

    static let frameLength = 320
    static let transformLength = 512
    static let additiveFloor = 0.001

    /// Samples of the frames not yet complete, oldest first; 161...320 of them between pushes once the stream runs.
    private var waiting: [Float]
    /// Samples that were not finite and entered as zero.
    public private(set) var nonFiniteSamples = 0

    public init() {
        waiting = [Float](repeating: 0, count: Self.frameLength - Self.samplesPerFrame)
    }

    /// Adds any number of samples in [-1, 1]. A sample that is NaN or infinite becomes 0 and is counted.
    /// - Returns: the frames completed by them, `[frames, 128]`.
    public mutating func push(_ samples: [Float]) -> Matrix {
        append(samples)
        let (length, hop) = (Self.frameLength, Self.samplesPerFrame)
        let frames = max(0, (waiting.count - length - 1 + hop) / hop)
        guard frames > 0 else { return Matrix(zeros: 0, Self.binCount) }
        var output = Matrix(zeros: frames, Self.binCount)
        waiting.withUnsafeBufferPointer { waiting in
            output.values.withUnsafeMutableBufferPointer { output in
                for frame in 0..<frames {
                    Self.analyse(
                        UnsafeBufferPointer(rebasing: waiting[frame * hop..<frame * hop + length]),
                        into: UnsafeMutableBufferPointer(rebasing: output[frame * Self.binCount..<(frame + 1) * Self.binCount]))
                }
            }
        }
        // A fresh array, so that one long push does not leave its capacity behind.
        waiting = Array(waiting[(frames * hop)...])
        return output
    }

    private mutating func append(_ samples: [Float]) {
        let start = waiting.count
        waiting += samples
        waiting.withUnsafeMutableBufferPointer { waiting in
            for index in start..<waiting.count where !waiting[index].isFinite {
                waiting[index] = 0
                nonFiniteSamples += 1
            }
        }
    }

    /// Samples held for frames to come, at most 320.
    package var sampleCount: Int { waiting.count }

    private static let window = (0..<frameLength).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(frameLength))) }
    private static let transform = RealFourierTransform(length: transformLength)
    private static let filters = MelFilterBank(
        binCount: transformLength / 2 + 1, filterCount: binCount, sampleRate: 16_000, lowestFrequency: 0, highestFrequency: 8_000)

    private static func analyse(_ frame: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>) {
        let (transform, filters) = (transform, filters)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: frameLength + transform.binCount) { scratch in
            let windowed = UnsafeMutableBufferPointer(rebasing: scratch[..<frameLength])
            let spectrum = UnsafeMutableBufferPointer(rebasing: scratch[frameLength...])
            window.withUnsafeBufferPointer { window in
                // The product is rounded to f32, as in the reference.
                for index in 0..<frameLength { windowed[index] = Double(frame[index] * window[index]) }
            }
            transform.power(of: UnsafeBufferPointer(windowed), into: spectrum)
            for bin in 0..<transform.binCount { spectrum[bin] = spectrum[bin].squareRoot() }
            for index in 0..<binCount { output[index] = Float(log(filters.apply(index, to: spectrum) + additiveFloor)) }
        }
    }
}
