import Foundation

/// Triangular filters on the HTK mel scale, m(f) = 2595 log10(1 + f / 700), with peak 1 and no area normalisation.
///
/// Only the non-zero run of each triangle is kept. With the model's sizes (257 bins of 31.25 Hz, 128 filters from 0 to
/// 8000 Hz) the lowest triangles are narrower than a bin: filter 0 holds none and its output is always the floor.
struct MelFilterBank: Sendable {
    let filterCount: Int
    /// Filter i covers bins `firstBin[i] ..< firstBin[i] + (offset[i + 1] - offset[i])`.
    private let firstBin: [Int]
    private let offset: [Int]
    private let weights: [Double]

    init(binCount: Int, filterCount: Int, sampleRate: Double, lowestFrequency: Double, highestFrequency: Double) {
        func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
        func frequency(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }
        let lowest = mel(lowestFrequency)
        let step = (mel(highestFrequency) - lowest) / Double(filterCount + 1)
        let corners = (0..<filterCount + 2).map { frequency(lowest + step * Double($0)) }
        let binWidth = sampleRate / 2 / Double(binCount - 1)

        var firstBin: [Int] = []
        var offset = [0]
        var weights: [Double] = []
        for filter in 0..<filterCount {
            let (left, peak, right) = (corners[filter], corners[filter + 1], corners[filter + 2])
            var first = 0
            for bin in 0..<binCount {
                let f = Double(bin) * binWidth
                let weight = min((f - left) / (peak - left), (right - f) / (right - peak))
                guard weight > 0 else { continue }
                if weights.count == offset[filter] { first = bin }
                weights.append(weight)
            }
            firstBin.append(first)
            offset.append(weights.count)
        }
        self.filterCount = filterCount
        self.firstBin = firstBin
        self.offset = offset
        self.weights = weights
    }

    /// The weighted sum of `spectrum` under filter `index`.
    func apply(_ index: Int, to spectrum: UnsafeMutableBufferPointer<Double>) -> Double {
        weights.withUnsafeBufferPointer { weights in
            var sum = 0.0
            let start = offset[index]
            let bin = firstBin[index]
            for tap in 0..<offset[index + 1] - start { sum += weights[start + tap] * spectrum[bin + tap] }
            return sum
        }
    }
}
