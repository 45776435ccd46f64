import Foundation

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Normal with variance 1 (the sum of 12 uniform numbers, less 6).
    mutating func normal() -> Float {
        (0..<12).reduce(-6) { sum, _ in sum + Float.random(in: 0..<1, using: &self) }
    }
}

enum Signal {
    static let sampleRate = 16_000

    /// Gaussian, flat spectrum, of the given root mean square.
    static func whiteNoise(seconds: Double, level: Float, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<Int(seconds * Double(sampleRate))).map { _ in level * generator.normal() }
    }

    /// 1/f: the sum of white noises held for 1, 2, 4 ... 4096 samples (Voss and McCartney), of the given root mean square.
    static func pinkNoise(seconds: Double, level: Float, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        var rows = [Float](repeating: 0, count: 13).map { _ in generator.normal() }
        return (0..<Int(seconds * Double(sampleRate))).map { index in
            rows[min((index + 1).trailingZeroBitCount, rows.count - 1)] = generator.normal()
            return level * rows.reduce(0, +) / Float(rows.count).squareRoot()
        }
    }

    static func silence(seconds: Double) -> [Float] {
        [Float](repeating: 0, count: Int(seconds * Double(sampleRate)))
    }

    static func tone(_ frequency: Double, seconds: Double, level: Float) -> [Float] {
        (0..<Int(seconds * Double(sampleRate))).map { level * Float(sin(2 * .pi * frequency * Double($0) / Double(sampleRate))) }
    }

    /// A rising chirp in a little noise, as a stand-in for audio where only arithmetic is tested.
    static func chirp(samples: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<samples).map { index in
            let t = Double(index) / Double(sampleRate)
            return 0.3 * Float(sin(2 * .pi * (250 + 200 * t.truncatingRemainder(dividingBy: 7)) * t)) + 0.05 * generator.normal()
        }
    }

    /// Voiced syllables: a pulse train at a gliding pitch through three resonances that move from vowel to vowel, with
    /// syllables of 180 ms and 40 ms of closure between them. The root mean square over all of it is `level`.
    static func speechLike(seconds: Double, level: Float, pitch: Double = 120) -> [Float] {
        let vowels: [[Double]] = [[730, 1090, 2440], [270, 2290, 3010], [570, 840, 2410], [530, 1840, 2480], [300, 870, 2240]]
        let bandwidths = [80.0, 100, 140]
        let count = Int(seconds * Double(sampleRate))
        var output = [Double](repeating: 0, count: count)
        var memory = [(Double, Double)](repeating: (0, 0), count: 3)
        var phase = 0.0
        for index in 0..<count {
            let t = Double(index) / Double(sampleRate)
            let syllable = Int(t / 0.22)
            let inside = t - Double(syllable) * 0.22
            phase += (pitch * (1 + 0.15 * sin(2 * .pi * 0.9 * t))) / Double(sampleRate)
            var sample = 0.0
            if phase >= 1 {
                phase -= 1
                sample = inside < 0.18 ? sin(.pi * inside / 0.18) : 0
            }
            let (from, to) = (vowels[syllable % vowels.count], vowels[(syllable + 1) % vowels.count])
            for formant in 0..<3 {
                let blend = min(1, inside / 0.18)
                let frequency = from[formant] * (1 - blend) + to[formant] * blend
                let r = exp(-.pi * bandwidths[formant] / Double(sampleRate))
                let filtered =
                    sample + 2 * r * cos(2 * .pi * frequency / Double(sampleRate)) * memory[formant].0 - r * r * memory[formant].1
                memory[formant] = (filtered, memory[formant].0)
                output[index] += filtered / Double(1 << formant)
            }
        }
        let power = output.reduce(0) { $0 + $1 * $1 } / Double(max(count, 1))
        return output.map { level * Float($0 / power.squareRoot()) }
    }

    static func mix(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map(+) }

    /// Cuts into pieces of the sizes that `size` gives.
    static func pieces(_ samples: [Float], _ size: () -> Int) -> [[Float]] {
        var pieces: [[Float]] = []
        var start = 0
        while start < samples.count {
            let end = min(samples.count, start + max(1, size()))
            pieces.append(Array(samples[start..<end]))
            start = end
        }
        return pieces
    }
}
