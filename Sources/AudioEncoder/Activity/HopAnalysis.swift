import Foundation

/// What the detector measures of one hop of 10 ms.
struct HopFeatures: Sendable {
    /// Mean power in each band, linear, full scale sine = 0.5.
    let bands: [Double]
    fileprivate let pitch: PitchTracker

    /// How periodic the last 40 ms are at 80...400 Hz: the peak of the normalised correlation, -1...1. Computed on request:
    /// most hops are silence, where nobody asks.
    func voicing() -> Double { pitch.voicing() }
}

/// Cuts samples into hops of 160 and measures each: band powers of the last 20 ms, and voicing of the last 40 ms.
///
/// Works hop by hop from the stream's start, so that how samples arrive changes nothing, to the bit.
struct HopAnalysis: Sendable {
    static let samplesPerHop = 160
    static let bandCount = 8
    /// Band edges in FFT bins of 31.25 Hz: 94, 250, 594, 1094, 1750, 2688, 4000, 5594, 7906 Hz.
    private static let bandEdges = [3, 8, 19, 35, 56, 86, 128, 179, 253]

    /// Samples of the hop under way, fewer than 160.
    private var partial: [Float] = []
    private var previousHop = [Float](repeating: 0, count: samplesPerHop)
    private var pitch = PitchTracker()

    init() {
        partial.reserveCapacity(Self.samplesPerHop)
    }

    /// Adds samples and calls `body` with the features of each completed hop. Samples that are not finite count as 0.
    mutating func push(_ samples: [Float], _ body: (HopFeatures) -> Void) {
        for sample in samples {
            partial.append(sample.isFinite ? sample : 0)
            guard partial.count == Self.samplesPerHop else { continue }
            pitch.push(partial)
            body(HopFeatures(bands: bandPowers(), pitch: pitch))
            swap(&previousHop, &partial)
            partial.removeAll(keepingCapacity: true)
        }
    }

    private static let window = (0..<2 * samplesPerHop).map { 0.5 - 0.5 * cos(.pi * Double($0) / Double(samplesPerHop)) }
    private static let transform = RealFourierTransform(length: 512)
    /// Makes the sum over all bins the mean square of the samples: 2 / (512 * sum of window^2), which is 120.
    private static let powerScale = 2.0 / (512 * 120)

    private func bandPowers() -> [Double] {
        let (transform, hop) = (Self.transform, Self.samplesPerHop)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * hop + transform.binCount) { scratch in
            let windowed = UnsafeMutableBufferPointer(rebasing: scratch[..<(2 * hop)])
            let power = UnsafeMutableBufferPointer(rebasing: scratch[(2 * hop)...])
            for index in 0..<hop {
                windowed[index] = Double(previousHop[index]) * Self.window[index]
                windowed[hop + index] = Double(partial[index]) * Self.window[hop + index]
            }
            transform.power(of: UnsafeBufferPointer(windowed), into: power)
            return (0..<Self.bandCount).map { band in
                (Self.bandEdges[band]..<Self.bandEdges[band + 1]).reduce(0) { $0 + power[$1] } * Self.powerScale
            }
        }
    }
}
