import Glibc

/// Changes the sample rate by any ratio of whole numbers, streaming: a polyphase windowed-sinc low-pass filter.
///
/// Output sample m is the filtered input at the position m x from / to, so nothing is delayed or shifted, and N input samples
/// give exactly ceil(N x to / from) output samples, however they are cut into pieces: each output is one dot product with the
/// same numbers in the same order, so streaming equals the whole bit for bit.
///
/// The filter passes up to 0.9 of the lower Nyquist frequency and stops (below -90 dB by design) from that frequency on: a
/// Kaiser window of beta 8.96, length (90 - 7.95) / (14.36 x transition), Kaiser 1974, "Nonrecursive digital filter design
/// using the I0-sinh window function".
public struct Resampler: Sendable {
    public let inputRate: Int
    public let outputRate: Int

    // Output m stands at the input position whole + part / phases, with phases / step = to / from in lowest terms.
    private let phases: Int
    private let step: Int
    private var whole = 0
    private var part = 0
    /// Filter length in input samples, a multiple of 16.
    private let taps: Int
    /// `[tablePhases + 1, taps]`: the filter at each fractional position.
    private let table: [Float]
    private let tablePhases: Int
    /// Input samples from the index `historyStart` on.
    private var history: [Float]
    private var historyStart: Int
    private var consumed = 0

    /// Up to this many fractional positions are tabulated exactly; ratios with more are interpolated between 512 (error below
    /// -110 dB), so that an odd rate costs no more memory than a common one.
    private static let maximumTablePhases = 512

    /// - Precondition: both rates are in `PCMFormat.rates`, 1...768 kHz.
    public init(from inputRate: Int, to outputRate: Int) {
        precondition(PCMFormat.rates.contains(inputRate) && PCMFormat.rates.contains(outputRate), "\(inputRate) to \(outputRate) Hz")
        self.inputRate = inputRate
        self.outputRate = outputRate
        let divisor = Self.greatestCommonDivisor(inputRate, outputRate)
        phases = outputRate / divisor
        step = inputRate / divisor
        tablePhases = min(phases, Self.maximumTablePhases)
        let nyquist = 0.5 * min(1, Double(outputRate) / Double(inputRate))  // in cycles per input sample
        let transition = 0.1 * nyquist
        taps = (Int((90 - 7.95) / (14.36 * transition)) / 16 + 1) * 16
        table = inputRate == outputRate ? [] : Self.design(taps: taps, phases: tablePhases, cutoff: nyquist - transition / 2)
        history = [Float](repeating: 0, count: taps / 2 - 1)
        historyStart = 1 - taps / 2
    }

    /// Input samples that must follow a position before its output exists.
    public var lookahead: Int { inputRate == outputRate ? 0 : taps / 2 }

    public mutating func push(_ samples: [Float]) -> [Float] {
        var output: [Float] = []
        samples.withUnsafeBufferPointer { push($0, into: &output) }
        return output
    }

    /// Appends to `output` what can be computed now.
    public mutating func push(_ samples: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        consumed += samples.count
        guard inputRate != outputRate else {
            output.append(contentsOf: samples)
            return
        }
        history.append(contentsOf: samples)
        produce(into: &output, positionsBelow: consumed)
    }

    /// The last outputs, with silence after the end; the resampler is then as new.
    public mutating func finish() -> [Float] {
        var output: [Float] = []
        if inputRate != outputRate {
            history.append(contentsOf: repeatElement(0, count: taps / 2))
            produce(into: &output, positionsBelow: consumed)
        }
        history = [Float](repeating: 0, count: taps / 2 - 1)
        historyStart = 1 - taps / 2
        (whole, part, consumed) = (0, 0, 0)
        return output
    }

    private mutating func produce(into output: inout [Float], positionsBelow end: Int) {
        let half = taps / 2
        let available = historyStart + history.count
        history.withUnsafeBufferPointer { history in
            table.withUnsafeBufferPointer { table in
                while whole < end && whole + half < available {
                    let window = history.baseAddress! + (whole - half + 1 - historyStart)
                    if phases == tablePhases {
                        output.append(Self.dot(window, table.baseAddress! + part * taps, taps))
                    } else {
                        let position = Double(part) * Double(tablePhases) / Double(phases)
                        let phase = Int(position)
                        let fraction = Float(position - Double(phase))
                        let left = Self.dot(window, table.baseAddress! + phase * taps, taps)
                        let right = Self.dot(window, table.baseAddress! + (phase + 1) * taps, taps)
                        output.append(left + fraction * (right - left))
                    }
                    whole += step / phases
                    part += step % phases
                    if part >= phases {
                        part -= phases
                        whole += 1
                    }
                }
            }
        }
        // Input that no later output needs; shifted seldom, so that the cost per sample stays constant.
        let spent = min(whole - half + 1 - historyStart, history.count)
        if spent > 4 * taps {
            history.removeFirst(spent)
            historyStart += spent
        }
    }

    @inline(__always)
    private static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Float {
        var even = SIMD8<Float>(repeating: 0)
        var odd = SIMD8<Float>(repeating: 0)
        let left = UnsafeRawPointer(a)
        let right = UnsafeRawPointer(b)
        var offset = 0
        while offset < 4 * count {
            even +=
                left.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                * right.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            odd +=
                left.loadUnaligned(fromByteOffset: offset + 32, as: SIMD8<Float>.self)
                * right.loadUnaligned(fromByteOffset: offset + 32, as: SIMD8<Float>.self)
            offset += 64
        }
        return (even + odd).sum()
    }

    /// Row p holds the filter for a position p / phases after an input sample; each row sums to 1, so silence and a constant
    /// come through exactly.
    private static func design(taps: Int, phases: Int, cutoff: Double) -> [Float] {
        let beta = 8.96  // 0.1102 (A - 8.7) for A = 90 dB
        let half = Double(taps) / 2
        let scale = 1 / bessel(beta)
        var table = [Float](repeating: 0, count: (phases + 1) * taps)
        var row = [Double](repeating: 0, count: taps)
        for phase in 0...phases {
            var sum = 0.0
            for tap in 0..<taps {
                let distance = Double(phase) / Double(phases) + half - 1 - Double(tap)
                let angle = 2 * Double.pi * cutoff * distance
                let sinc = abs(angle) < 1e-9 ? 1 : sin(angle) / angle
                let edge = 1 - (distance / half) * (distance / half)
                row[tap] = edge <= 0 ? 0 : sinc * bessel(beta * edge.squareRoot()) * scale
                sum += row[tap]
            }
            for tap in 0..<taps { table[phase * taps + tap] = Float(row[tap] / sum) }
        }
        return table
    }

    /// The modified Bessel function of the first kind and order zero, by its power series.
    private static func bessel(_ x: Double) -> Double {
        var sum = 1.0
        var term = 1.0
        var index = 1.0
        while term > 1e-16 * sum {
            term *= (x / (2 * index)) * (x / (2 * index))
            sum += term
            index += 1
        }
        return sum
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}
