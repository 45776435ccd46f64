import Checkpoint

extension Fields {
    /// The bounds of a `number`.
    func numberRule() throws(ConstraintError) -> Schema.NumberRule {
        var rule = Schema.NumberRule()
        rule.minimum = try bound("minimum", "exclusiveMinimum") { $0 > $1 }
        rule.maximum = try bound("maximum", "exclusiveMaximum") { $0 < $1 }
        return rule
    }

    /// The stricter of a bound and its exclusive form, which is a number, or in OpenAPI 3.0 a flag.
    fileprivate func bound(
        _ keyword: String, _ exclusive: String, isStricter: (Double, Double) -> Bool
    ) throws(ConstraintError) -> DecimalBound? {
        let inclusive = try number(keyword)
        if case .boolean(let flag)? = object[exclusive] {
            return inclusive.flatMap { DecimalBound($0, isExclusive: flag) }
        }
        guard let outside = try number(exclusive), let excluded = DecimalBound(outside, isExclusive: true) else {
            return inclusive.flatMap { DecimalBound($0, isExclusive: false) }
        }
        guard let inclusive, let included = DecimalBound(inclusive, isExclusive: false) else { return excluded }
        return isStricter(inclusive.double, outside.double) ? included : excluded
    }

    private func number(_ keyword: String) throws(ConstraintError) -> JSONValue? {
        switch object[keyword] {
        case nil: nil
        case .integer, .real: object[keyword]
        default: throw wrongType(keyword, "a number")
        }
    }

    /// `multipleOf` is refused but for 1, which makes a number an integer.
    func multipleIsOne() throws(ConstraintError) -> Bool {
        switch object["multipleOf"] {
        case nil: return false
        case .integer(1), .real(1): return true
        case .integer, .real:
            throw .refused(path: path, keyword: "multipleOf", remedy: "only 1 can be; use enum, or minimum and maximum of an integer")
        default: throw wrongType("multipleOf", "a number")
        }
    }
}

extension JSONValue {
    fileprivate var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: .nan
        }
    }
}

/// The bounds of an `integer`, exact in 64 bits.
struct IntegerKeywords {
    private let fields: Fields

    init(_ fields: Fields) { self.fields = fields }

    func range() throws(ConstraintError) -> ClosedRange<Int64> {
        _ = try fields.multipleIsOne()
        let rule = try fields.numberRule()
        var (low, high) = formatRange
        if let minimum = rule.minimum {
            // Negated, a lower bound is an upper one.
            guard let limit = Self.floor(minimum, negated: true) else { throw impossible }
            low = max(low, limit == .max ? .min : -limit)
        }
        if let maximum = rule.maximum {
            guard let limit = Self.floor(maximum, negated: false) else { throw impossible }
            high = min(high, limit)
        }
        guard low <= high else { throw impossible }
        return low...high
    }

    private var impossible: ConstraintError {
        .impossible(path: fields.path, reason: "no 64-bit integer lies between minimum and maximum")
    }

    private var formatRange: (Int64, Int64) {
        switch fields["format"] {
        case .string("int32"): (Int64(Int32.min), Int64(Int32.max))
        case .string("uint32"): (0, Int64(UInt32.max))
        default: (.min, .max)
        }
    }

    /// The largest 64-bit integer that a bound, as an upper one, allows; nil: all are above it. `Int64.max` also stands for more.
    private static func floor(_ bound: DecimalBound, negated: Bool) -> Int64? {
        var (units, isExact) = bound.scaled(0)
        if bound.isNegative != negated, bound.digits != 0 {
            // At or below -x: away from zero.
            if !isExact || bound.isExclusive { units = units == .max ? .max : units + 1 }
            if units == 1 << 63 { return .min }
            return units > 1 << 63 ? nil : -Int64(units)
        }
        if isExact, bound.isExclusive {
            if units == 0 { return -1 }
            units -= 1
        }
        return Int64(exactly: units) ?? .max
    }
}
