import Foundation
import Checkpoint
import Tensors

/// Rotary position embedding of one attention kind, rotate-half convention: the pair (j, j + d/2) turns by
/// `position * theta^(-2j/d)`.
///
/// `proportional` rotates only the first `partialRotaryFactor * d/2` pairs; the exponent still divides by the whole `d`
/// (transformers `_compute_proportional_rope_parameters`).
struct RotaryFrequencies: Sendable {
    let headDimension: Int
    /// Of the rotated pairs, radians a position.
    let frequencies: [Double]

    init(headDimension: Int, theta: Double, rotatedPairs: Int) {
        self.headDimension = headDimension
        frequencies = (0..<rotatedPairs).map { pow(theta, -2 * Double($0) / Double(headDimension)) }
    }

    /// Angles in f64 because f32 loses a whole turn's digits near position 10^7; computed once a step for all layers of the kind.
    func angles(first: Int64, count: Int) -> RotaryAngles {
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(count * frequencies.count)
        sines.reserveCapacity(count * frequencies.count)
        for row in 0..<count {
            let position = Double(first + Int64(row))
            for frequency in frequencies {
                cosines.append(Float(cos(position * frequency)))
                sines.append(Float(sin(position * frequency)))
            }
        }
        return RotaryAngles(headDimension: headDimension, pairs: frequencies.count, cosines: cosines, sines: sines)
    }
}

/// Cosines and sines of a step's rows, `[rows, pairs]`.
struct RotaryAngles: Sendable {
    let headDimension: Int
    let pairs: Int
    let cosines: [Float]
    let sines: [Float]

    /// Rotates every head of `x` `[n, heads * headDimension]`, whose rows are the last `n` rows of the step.
    func rotate(_ x: inout Matrix) {
        let firstRow = pairs == 0 ? 0 : cosines.count / pairs - x.rows
        let heads = x.columns / headDimension
        let rows = x.rows, columns = x.columns, half = headDimension / 2
        x.values.withUnsafeMutableBufferPointer { values in
            cosines.withUnsafeBufferPointer { cosines in
                sines.withUnsafeBufferPointer { sines in
                    for row in 0..<rows {
                        let angle = (firstRow + row) * pairs
                        for head in 0..<heads {
                            let base = row * columns + head * headDimension
                            for pair in 0..<pairs {
                                let a = values[base + pair], b = values[base + half + pair]
                                let cosine = cosines[angle + pair], sine = sines[angle + pair]
                                values[base + pair] = a * cosine - b * sine
                                values[base + half + pair] = b * cosine + a * sine
                            }
                        }
                    }
                }
            }
        }
    }
}
