import Foundation

/// Measures how periodic a signal is at the pitch of a voice.
///
/// The signal is limited to 80...900 Hz, where the strong harmonics of voiced speech lie, and thinned to 4 kHz; then the
/// normalised cross-correlation of the last 40 ms with the same span 2.5...12.5 ms (400...80 Hz) earlier is searched for
/// its peak (Talkin 1995, "A robust algorithm for pitch tracking").
struct PitchTracker: Sendable {
    private static let decimation = 4
    private static let windowLength = 160
    private static let lags = 10...50
    private static let historyLength = windowLength + lags.upperBound

    private var highPass = Biquad.highPass(cornerFrequency: 80, sampleRate: 16_000)
    private var lowPass = [Biquad.lowPass(cornerFrequency: 900, sampleRate: 16_000), .lowPass(cornerFrequency: 900, sampleRate: 16_000)]
    /// The last 52.5 ms at 4 kHz, oldest first.
    private var history = [Double](repeating: 0, count: historyLength)

    /// - Precondition: `hop.count` is a multiple of 4.
    mutating func push(_ hop: [Float]) {
        history.removeFirst(hop.count / Self.decimation)
        for (index, sample) in hop.enumerated() {
            let limited = lowPass[1].push(lowPass[0].push(highPass.push(Double(sample))))
            if index % Self.decimation == 0 { history.append(limited) }
        }
    }

    func voicing() -> Double {
        history.withUnsafeBufferPointer { history in
            func product(_ a: Int, _ b: Int) -> Double {
                var sum = 0.0
                for index in 0..<Self.windowLength { sum += history[a + index] * history[b + index] }
                return sum
            }
            let now = Self.lags.upperBound
            let energy = product(now, now)
            // Below -120 dB of full scale there is nothing to correlate.
            guard energy > 1e-12 * Double(Self.windowLength) else { return 0 }
            var best = -1.0
            for lag in Self.lags {
                let earlier = product(now - lag, now - lag)
                if earlier > 0 { best = max(best, product(now, now - lag) / (energy * earlier).squareRoot()) }
            }
            return best
        }
    }
}

/// A second-order Butterworth section, transposed direct form 2 (coefficients: Bristow-Johnson's audio EQ cookbook).
struct Biquad: Sendable {
    private let b: (Double, Double, Double)
    private let a: (Double, Double)
    private var state = (0.0, 0.0)

    private init(b: (Double, Double, Double), a: (Double, Double, Double)) {
        self.b = (b.0 / a.0, b.1 / a.0, b.2 / a.0)
        self.a = (a.1 / a.0, a.2 / a.0)
    }

    static func lowPass(cornerFrequency: Double, sampleRate: Double) -> Biquad {
        let w = 2 * .pi * cornerFrequency / sampleRate
        let (c, alpha) = (cos(w), sin(w) / 2.0.squareRoot())
        return Biquad(b: ((1 - c) / 2, 1 - c, (1 - c) / 2), a: (1 + alpha, -2 * c, 1 - alpha))
    }

    static func highPass(cornerFrequency: Double, sampleRate: Double) -> Biquad {
        let w = 2 * .pi * cornerFrequency / sampleRate
        let (c, alpha) = (cos(w), sin(w) / 2.0.squareRoot())
        return Biquad(b: ((1 + c) / 2, -1 - c, (1 + c) / 2), a: (1 + alpha, -2 * c, 1 - alpha))
    }

    mutating func push(_ x: Double) -> Double {
        let y = b.0 * x + state.0
        state.0 = b.1 * x - a.0 * y + state.1
        state.1 = b.2 * x - a.1 * y
        return y
    }
}
