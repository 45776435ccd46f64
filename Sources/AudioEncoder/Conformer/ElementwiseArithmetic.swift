import Tensors

/// The reference's gradient clipping: limits every value to +-limit. A safety net of 1e10 that no sane value reaches.
func clamped(_ matrix: consuming Matrix, to limit: Float) -> Matrix {
    Operations.clampInPlace(&matrix, minimum: -limit, maximum: limit)
    return matrix
}

/// GLU: `[n, 2 width]` to `[n, width]`, the first half times the sigmoid of the second.
func gatedHalves(_ matrix: Matrix) -> Matrix {
    let width = matrix.columns / 2
    var gated = Matrix(zeros: matrix.rows, width)
    var gates = gated
    for row in 0..<matrix.rows {
        let start = row * matrix.columns
        gated.values.replaceSubrange(row * width..<(row + 1) * width, with: matrix.values[start..<start + width])
        gates.values.replaceSubrange(row * width..<(row + 1) * width, with: matrix.values[start + width..<start + 2 * width])
    }
    Operations.sigmoidInPlace(&gates)
    Operations.multiplyInPlace(&gated, gates)
    return gated
}
