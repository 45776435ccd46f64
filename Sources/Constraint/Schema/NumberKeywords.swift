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
        // Negated, a lower bound is an upper one.
        if let minimum = rule.minimum { low = max(low, -Self.floor(minimum, negated: true)) }
        if let maximum = rule.maximum { high = min(high, Self.floor(maximum, negated: false)) }
        guard low <= high else { throw impossible }
        return Int64(low)...Int64(high)
    }

    private var impossible: ConstraintError {
        .impossible(path: fields.path, reason: "no 64-bit integer lies between minimum and maximum")
    }

    private var formatRange: (Int128, Int128) {
        switch fields["format"] {
        case .string("int32"): (Int128(Int32.min), Int128(Int32.max))
        case .string("uint32"): (0, Int128(UInt32.max))
        default: (Int128(Int64.min), Int128(Int64.max))
        }
    }

    /// The largest integer that a bound, as an upper one, allows; of what is beyond 64 bits one that is beyond them, too.
    private static func floor(_ bound: DecimalBound, negated: Bool) -> Int128 {
        let (units, isExact) = bound.scaled(0)
        let isBelow = bound.isNegative != negated && bound.digits != 0
        // At or below -x: away from zero.
        if isBelow { return -(Int128(units) + (!isExact || bound.isExclusive ? 1 : 0)) }
        return Int128(units) - (isExact && bound.isExclusive ? 1 : 0)
    }
}
