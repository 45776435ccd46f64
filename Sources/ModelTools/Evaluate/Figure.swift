import Foundation

/// A measured value with its 95 % interval.
public struct Figure: Codable, Sendable, Equatable {
    /// How the interval was found.
    public enum Interval: String, Codable, Sendable {
        /// mean ± 1.96 standard errors.
        case normal
        /// Wilson (1927), for a share of right and wrong: stays inside 0…1 and holds for few.
        case wilson
        /// 2.5th to 97.5th percentile of 1000 resamples.
        case bootstrap
        /// Byar's approximation, for a count of rare events.
        case poisson
        case none
    }

    /// How the value reads.
    public enum Unit: String, Codable, Sendable {
        /// 0…1, compared in points of a hundred.
        case share
        case points
        case milliseconds
        case plain
    }

    public let value: Double
    public let low: Double
    public let high: Double
    /// How many rows, answers, frames or sounds it rests on.
    public let n: Int
    public let unit: Unit
    public let interval: Interval

    public init(value: Double, low: Double, high: Double, n: Int, unit: Unit, interval: Interval) {
        self.value = value
        self.low = low
        self.high = high
        self.n = n
        self.unit = unit
        self.interval = interval
    }
}

extension Figure {
    /// The normal distribution's 97.5th percentile.
    static let z = 1.96

    /// The mean of values, of one value without an interval; nil of none.
    package static func mean(_ values: [Double], unit: Unit = .share) -> Figure? {
        guard values.count > 1 else { return values.first.map { exactly($0, n: 1, unit: unit) } }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
        let half = z * (variance / Double(values.count)).squareRoot()
        // No mean of shares lies outside 0…1, whatever the approximation says.
        let (least, most) = unit == .share ? (0.0, 1.0) : (-Double.infinity, .infinity)
        return Figure(
            value: mean, low: max(least, mean - half), high: min(most, mean + half), n: values.count, unit: unit, interval: .normal)
    }

    /// The share of true; nil of none.
    package static func share(_ outcomes: [Bool]) -> Figure? {
        guard !outcomes.isEmpty else { return nil }
        let n = Double(outcomes.count)
        let p = Double(outcomes.count { $0 }) / n
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        // At 0 and 1 the interval ends there, but for rounding.
        return Figure(
            value: p, low: p == 0 ? 0 : max(0, centre - half), high: p == 1 ? 1 : min(1, centre + half), n: outcomes.count, unit: .share,
            interval: .wilson)
    }

    /// The mean of the shares of true among two kinds of question, as if there were as many of each.
    package static func balanced(_ yes: [Bool], _ no: [Bool]) -> Figure? {
        guard let a = share(yes), let b = share(no) else { return nil }
        let value = (a.value + b.value) / 2
        // Each share's distance to its own bound, added as independent errors are (Newcombe 1998).
        func half(_ first: Double, _ second: Double) -> Double { (first * first + second * second).squareRoot() / 2 }
        return Figure(
            value: value, low: value - half(a.value - a.low, b.value - b.low), high: value + half(a.high - a.value, b.high - b.value),
            n: a.n + b.n, unit: .share, interval: .wilson)
    }

    /// A count of rare events.
    package static func count(_ events: Int, n: Int) -> Figure {
        func bound(_ k: Double, _ sign: Double) -> Double {
            let root = 1 - 1 / (9 * k) + sign * z / (3 * k.squareRoot())
            return k * root * root * root
        }
        return Figure(
            value: Double(events), low: events == 0 ? 0 : bound(Double(events), -1), high: bound(Double(events) + 1, 1), n: n, unit: .plain,
            interval: .poisson)
    }

    /// The number itself.
    static func exactly(_ value: Double, n: Int, unit: Unit = .plain) -> Figure {
        Figure(value: value, low: value, high: value, n: n, unit: unit, interval: .none)
    }

    public var text: String {
        let digits = unit == .share ? 3 : 2
        func number(_ value: Double) -> String { String(format: "%.\(digits)f", value) }
        let range = interval == .none ? "" : "  [\(number(low)), \(number(high))]"
        let name = interval == .none ? "" : "  \(interval.rawValue)"
        return "\(number(value))\(range)  n = \(n)\(name)"
    }
}
