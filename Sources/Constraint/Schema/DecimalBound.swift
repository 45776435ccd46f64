import Checkpoint

/// A bound of a number as its schema writes it: `digits * 10^exponent`, exact in decimal.
public struct DecimalBound: Hashable, Sendable {
    public var isNegative = false
    public var digits: UInt64 = 0
    public var exponent = 0
    /// Whether the bound itself is outside (`exclusiveMinimum`, `exclusiveMaximum`).
    public var isExclusive = false

    static let zero = DecimalBound()

    /// Nil if the value is no number.
    init?(_ value: JSONValue, isExclusive: Bool) {
        switch value {
        case .integer(let integer):
            self.init()
            isNegative = integer < 0
            digits = UInt64(integer.magnitude)
        case .real(let real): self.init(text: "\(real)")
        default: return nil
        }
        self.isExclusive = isExclusive
    }

    private init() {}

    /// The shortest text of a double, as `-1.5` or `2e-07`: at most 17 digits.
    private init(text: String) {
        var inFraction = false
        var bytes = text.utf8[...]
        if bytes.first == UInt8(ascii: "-") {
            isNegative = true
            bytes.removeFirst()
        }
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "."): inFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                exponent += Int(String(decoding: bytes, as: UTF8.self)) ?? 0
                bytes = bytes[bytes.endIndex...]
            default:
                let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
                // Zeros after 19 digits of a number written in full, as 1e18 is.
                if overflow {
                    if !inFraction { exponent += 1 }
                } else {
                    digits = product + UInt64(byte - UInt8(ascii: "0"))
                    if inFraction { exponent -= 1 }
                }
            }
        }
        if digits == 0 { isNegative = false }
    }

    /// The magnitude in units of `10^-places`: the whole units in it, and whether that is all. Saturates at `UInt64.max`.
    func scaled(_ places: Int) -> (units: UInt64, isExact: Bool) {
        let shift = exponent + places
        guard digits != 0 else { return (0, true) }
        if shift < -19 { return (0, false) }
        if shift < 0 {
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: Self.power(-shift))
            return (quotient, remainder == 0)
        }
        guard shift <= 19 else { return (.max, true) }
        let (product, overflow) = digits.multipliedReportingOverflow(by: Self.power(shift))
        return overflow ? (.max, true) : (product, true)
    }

    /// 10 to the power of 0...19.
    static func power(_ exponent: Int) -> UInt64 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

    var text: String {
        (isNegative ? "-" : "") + "\(digits)" + (exponent == 0 ? "" : "e\(exponent)")
    }
}
