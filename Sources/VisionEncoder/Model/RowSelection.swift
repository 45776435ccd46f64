import Tensors

// Rows picked out of a matrix and put back: what computing only some tokens needs.
extension Matrix {
    /// [indexes, columns]: the named rows in that order.
    func gather(_ indexes: [Int]) -> Matrix {
        let count = indexes.count * columns
        let gathered = [Float](unsafeUninitializedCapacity: count) { target, initialized in
            values.withUnsafeBufferPointer { source in
                for (row, index) in indexes.enumerated() {
                    for column in 0..<columns {
                        target.initializeElement(at: row * columns + column, to: source[index * columns + column])
                    }
                }
            }
            initialized = count
        }
        return Matrix(rows: indexes.count, columns: columns, values: gathered)
    }

    /// Overwrites the named rows with the rows of `other`.
    mutating func scatter(_ other: Matrix, to indexes: [Int]) {
        precondition(
            other.columns == columns && other.rows == indexes.count,
            "[\(other.rows), \(other.columns)] for \(indexes.count) rows of \(columns)")
        let columns = columns
        values.withUnsafeMutableBufferPointer { target in
            other.values.withUnsafeBufferPointer { source in
                for (row, index) in indexes.enumerated() {
                    for column in 0..<columns { target[index * columns + column] = source[row * columns + column] }
                }
            }
        }
    }

    /// The rows whose distance from the same row of `reference` exceeds `threshold` times the reference's norm (both L2).
    ///
    /// With a threshold of 0 these are the rows that differ in any bit of value.
    func rows(movedFrom reference: Matrix, beyond threshold: Float) -> [Int] {
        precondition(
            reference.columns == columns && reference.rows == rows,
            "[\(reference.rows), \(reference.columns)] compared with [\(rows), \(columns)]")
        return values.withUnsafeBufferPointer { current in
            reference.values.withUnsafeBufferPointer { reference in
                (0..<rows).filter { row in
                    var distance: Float = 0
                    var norm: Float = 0
                    for index in row * columns..<(row + 1) * columns {
                        let difference = current[index] - reference[index]
                        distance += difference * difference
                        norm += reference[index] * reference[index]
                    }
                    return distance > threshold * threshold * norm
                }
            }
        }
    }

    /// Sum of the squares of all values, in double precision.
    var squaredNorm: Double {
        values.withUnsafeBufferPointer { values in
            values.reduce(0) { $0 + Double($1) * Double($1) }
        }
    }

    /// Root of the mean squared difference relative to `reference`'s root mean square; 0 when both are zero.
    func relativeError(against reference: Matrix) -> Double {
        var distance = 0.0
        for (value, expected) in zip(values, reference.values) {
            distance += Double(value - expected) * Double(value - expected)
        }
        let norm = reference.squaredNorm
        return norm > 0 ? (distance / norm).squareRoot() : distance > 0 ? .infinity : 0
    }
}

extension Matrix {
    /// Sum of the squared differences between these rows and the named rows of `other`.
    func squaredDistance(toRows indexes: [Int], of other: Matrix) -> Double {
        var sum = 0.0
        values.withUnsafeBufferPointer { values in
            other.values.withUnsafeBufferPointer { others in
                for (row, index) in indexes.enumerated() {
                    var distance: Float = 0
                    for column in 0..<columns {
                        let difference = values[row * columns + column] - others[index * columns + column]
                        distance += difference * difference
                    }
                    sum += Double(distance)
                }
            }
        }
        return sum
    }
}
