import Capture
import Foundation
import Testing

@Suite struct ResamplerTests {
    static let rates = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000, 192_000]

    private func resample(_ input: [Float], from: Int, to: Int = 16_000) -> [Float] {
        var resampler = Resampler(from: from, to: to)
        let output = resampler.push(input)
        return output + resampler.finish()
    }

    /// The level of `signal` in dB relative to full scale, away from the ends, where the signal begins out of silence.
    private func level(_ signal: [Float], skipping edge: Int) -> Double {
        let inner = signal[edge..<signal.count - edge]
        let power = inner.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(inner.count)
        return 10 * log10(max(power, 1e-30))
    }

    @Test(arguments: rates)
    func theCountIsExact(rate: Int) {
        for count in [0, 1, 2, 3, 160, 441, 1000, 4410, 5003] {
            let output = resample([Float](repeating: 0.1, count: count), from: rate)
            #expect(output.count == (count * 16_000 + rate - 1) / rate, "\(count) samples at \(rate)")
        }
    }

    @Test(arguments: rates)
    func piecesGiveTheSameBitsAsTheWhole(rate: Int) {
        var generator = SplitMix(seed: UInt64(rate))
        let input = (0..<6000).map { _ in Float.random(in: -1...1, using: &generator) }
        let whole = resample(input, from: rate)
        for most in [1, 7, 160, 3000] {
            var resampler = Resampler(from: rate, to: 16_000)
            var output: [Float] = []
            for range in pieces(of: input.count, most: most, seed: 3) { output += resampler.push(Array(input[range])) }
            output += resampler.finish()
            #expect(output == whole, "pieces of at most \(most)")
            // And it is as new after `finish`.
            let again = resampler.push(input) + resampler.finish()
            #expect(again == whole)
        }
    }

    /// A sine must come out as the same sine: same place in time, same level; what differs is noise and distortion.
    @Test(arguments: [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000])
    func sinesInThePassBandComeThrough(rate: Int) {
        let passBand = 0.9 * Double(min(rate, 16_000)) / 2
        for share in [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0] {
            let frequency = share * passBand
            let output = resample(sine(frequency, rate: Double(rate), count: rate / 4), from: rate)
            let expected = sine(frequency, rate: 16_000, count: output.count)
            let noise = zip(output, expected).map { $0 - $1 }
            let ratio = level(expected, skipping: 600) - level(noise, skipping: 600)
            #expect(ratio > 80, "\(frequency) Hz at \(rate) Hz: \(ratio) dB")
        }
    }

    /// What 16 kHz cannot carry must vanish instead of folding back.
    @Test(arguments: [22_050, 24_000, 32_000, 44_100, 44_101, 48_000, 96_000])
    func whatWouldFoldBackIsStopped(rate: Int) {
        let nyquist = Double(rate) / 2
        for share in [0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 0.99] {
            let frequency = 8_000 + share * (nyquist - 8_000)
            let output = resample(sine(frequency, rate: Double(rate), count: rate / 4, phase: 0.7), from: rate)
            let rejection = level(sine(1, rate: 4, count: 4000), skipping: 0) - level(output, skipping: 600)
            #expect(rejection > 80, "\(frequency) Hz at \(rate) Hz: \(rejection) dB")
        }
    }

    /// A sweep over the whole band at 48 kHz: nothing above the noise where nothing belongs.
    @Test func aSweepStaysClean() {
        let rate = 48_000.0
        let count = 48_000
        // From 8.2 kHz to 23.5 kHz: all of it must go.
        let sweep = (0..<count).map { index -> Float in
            let time = Double(index) / rate
            return Float(0.5 * sin(2 * Double.pi * (8_200 * time + (23_500 - 8_200) * time * time / 2)))
        }
        let rejection = level(sweep, skipping: 0) - level(resample(sweep, from: 48_000), skipping: 600)
        #expect(rejection > 80, "\(rejection) dB")
    }

    @Test(arguments: rates)
    func aConstantIsAConstant(rate: Int) {
        let output = resample([Float](repeating: 0.25, count: rate / 4), from: rate)
        let worst = output[600..<output.count - 600].map { abs($0 - 0.25) }.max() ?? 1
        #expect(worst < 1e-5, "\(worst)")
    }

    /// Doubling the rate must not leave mirror images above the old Nyquist frequency.
    @Test func upsamplingLeavesNoImages() {
        let output = resample(sine(1_000, rate: 8_000, count: 4_000), from: 8_000)
        // The image of 1 kHz is at 7 kHz: correlate with it.
        let inner = output[600..<output.count - 600]
        var (real, imaginary) = (0.0, 0.0)
        for (index, sample) in zip(inner.indices, inner) {
            let angle = 2 * Double.pi * 7_000 * Double(index) / 16_000
            real += Double(sample) * cos(angle)
            imaginary += Double(sample) * sin(angle)
        }
        let amplitude = 2 * (real * real + imaginary * imaginary).squareRoot() / Double(inner.count)
        #expect(20 * log10(amplitude / 0.5) < -80)
    }
}
