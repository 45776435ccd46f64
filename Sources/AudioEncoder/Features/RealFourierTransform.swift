import Foundation

/// The discrete Fourier transform of real input whose length is a power of two, in f64.
///
/// Even and odd samples are packed as one complex signal of half the length; an iterative radix-2 transform of it is then
/// taken apart by symmetry (Cooley and Tukey 1965; Press et al., Numerical Recipes, section 12.3).
struct RealFourierTransform: Sendable {
    /// Samples in; `length / 2 + 1` frequency bins come out.
    let length: Int

    private let reversed: [Int]
    /// cos and -sin of 2 pi k / length, k < length / 2.
    private let cosines: [Double]
    private let sines: [Double]

    /// - Precondition: `length` is a power of two of at least 4.
    init(length: Int) {
        precondition(length >= 4 && length & (length - 1) == 0, "a Fourier transform of \(length) points is not a power of two")
        self.length = length
        let half = length / 2
        let bits = half.trailingZeroBitCount
        reversed = (0..<half).map { index in
            (0..<bits).reduce(0) { $0 | ((index >> $1) & 1) << (bits - 1 - $1) }
        }
        cosines = (0..<half).map { cos(2 * .pi * Double($0) / Double(length)) }
        sines = (0..<half).map { -sin(2 * .pi * Double($0) / Double(length)) }
    }

    var binCount: Int { length / 2 + 1 }

    /// |X_k|^2 for k in 0...length / 2. `input` may be shorter than `length`: the rest counts as zero.
    func power(of input: UnsafeBufferPointer<Double>, into output: UnsafeMutableBufferPointer<Double>) {
        let half = length / 2
        withUnsafeTemporaryAllocation(of: Double.self, capacity: length) { scratch in
            guard let real = scratch.baseAddress else { return }
            let imaginary = real + half
            reversed.withUnsafeBufferPointer { reversed in
                for index in 0..<half {
                    let even = 2 * reversed[index]
                    real[index] = even < input.count ? input[even] : 0
                    imaginary[index] = even + 1 < input.count ? input[even + 1] : 0
                }
            }
            cosines.withUnsafeBufferPointer { cosines in
                sines.withUnsafeBufferPointer { sines in
                    transform(real, imaginary, cosines, sines)
                    unpack(real, imaginary, cosines, sines, output)
                }
            }
        }
    }

    /// The complex transform of length / 2 points, in place, from bit-reversed order.
    private func transform(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>,
        _ cosines: UnsafeBufferPointer<Double>, _ sines: UnsafeBufferPointer<Double>
    ) {
        let half = length / 2
        var span = 1
        while span < half {
            let step = length / (2 * span)
            for offset in 0..<span {
                let c = cosines[offset * step]
                let s = sines[offset * step]
                var low = offset
                while low < half {
                    let high = low + span
                    let r = real[high] * c - imaginary[high] * s
                    let i = real[high] * s + imaginary[high] * c
                    real[high] = real[low] - r
                    imaginary[high] = imaginary[low] - i
                    real[low] += r
                    imaginary[low] += i
                    low += 2 * span
                }
            }
            span *= 2
        }
    }

    /// X_k = (Z_k + conj Z_{h-k}) / 2 - i exp(-2 pi i k / n) (Z_k - conj Z_{h-k}) / 2, with h = n / 2 and Z_h = Z_0.
    private func unpack(
        _ real: UnsafeMutablePointer<Double>, _ imaginary: UnsafeMutablePointer<Double>,
        _ cosines: UnsafeBufferPointer<Double>, _ sines: UnsafeBufferPointer<Double>,
        _ output: UnsafeMutableBufferPointer<Double>
    ) {
        let half = length / 2
        output[0] = (real[0] + imaginary[0]) * (real[0] + imaginary[0])
        output[half] = (real[0] - imaginary[0]) * (real[0] - imaginary[0])
        for k in 1..<half {
            let evenReal = (real[k] + real[half - k]) / 2
            let evenImaginary = (imaginary[k] - imaginary[half - k]) / 2
            let oddReal = (imaginary[k] + imaginary[half - k]) / 2
            let oddImaginary = (real[half - k] - real[k]) / 2
            let r = evenReal + oddReal * cosines[k] - oddImaginary * sines[k]
            let i = evenImaginary + oddReal * sines[k] + oddImaginary * cosines[k]
            output[k] = r * r + i * i
        }
    }
}
