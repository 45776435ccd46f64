/// The outcome of one comparison with the golden data.
public struct VerificationLine: Sendable, Equatable {
    public let name: String
    /// Largest absolute difference, relative RMS difference, or number of differing ids; see `measure`.
    public let difference: Double
    public let tolerance: Double
    public let measure: Measure
    public let note: String

    public enum Measure: String, Sendable {
        case maximum = "max |d|"
        case relative = "rel rms"
        case differing = "differing"
    }

    public init(name: String, difference: Double, tolerance: Double, measure: Measure = .maximum, note: String = "") {
        self.name = name
        self.difference = difference
        self.tolerance = tolerance
        self.measure = measure
        self.note = note
    }

    /// NaN is a failure.
    public var passed: Bool { difference <= tolerance }

    public var text: String {
        let padded = name + String(repeating: " ", count: max(1, 28 - name.count))
        let numbers =
            measure == .differing
            ? "\(Int(difference)) differing" : "\(measure.rawValue) \(scientific(difference))  tolerance \(scientific(tolerance))"
        return "\(padded)\(numbers)  \(passed ? "ok" : "FAIL")\(note.isEmpty ? "" : "  \(note)")"
    }
}

/// All comparisons of one run.
public struct VerificationReport: Sendable {
    public var lines: [VerificationLine] = []
    public var failures: Int { lines.count { !$0.passed } }
    public var passed: Bool { failures == 0 && !lines.isEmpty }
}

/// Two significant digits, as 3.1e-05.
func scientific(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    guard value != 0 else { return "0" }
    var exponent = 0
    var mantissa = abs(value)
    while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
    while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    let digits = (mantissa * 10).rounded() / 10
    return "\(value < 0 ? "-" : "")\(digits)e\(exponent < 0 ? "-" : "+")\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
}
