/// Numbers within bounds, digit by digit.
///
/// Integers are exact in 64 bits. Other numbers have at most 15 digits, so many places after the point as those before it leave:
/// two such decimals are never the same double, and a comparison of decimals is one of doubles. So what is written satisfies its
/// bounds in every reader. Without bounds an exponent of two digits may follow.
enum NumberMachine {
    static let digits = 15

    static func make(_ range: ClosedRange<Int64>) throws(DraftMachine.TooLarge) -> DraftMachine {
        var network = Network()
        let (first, last) = (network.state(), network.state())
        if range.upperBound >= 0 {
            addIntegers(&network, UInt64(max(range.lowerBound, 0))...UInt64(range.upperBound), first, last)
        }
        if range.lowerBound < 0 {
            let minus = network.state()
            network.connect(first, word: [UInt8(ascii: "-")], minus)
            let low = range.upperBound < 0 ? range.upperBound.magnitude : 1
            addIntegers(&network, low...range.lowerBound.magnitude, minus, last)
        }
        return try network.determinised(from: first, to: last)
    }

    private static func addIntegers(_ network: inout Network, _ range: ClosedRange<UInt64>, _ first: Int32, _ last: Int32) {
        for length in 1...19 {
            let segment = (length == 1 ? 0 : DecimalBound.power(length - 1))...DecimalBound.power(length) - 1
            guard range.overlaps(segment) else { continue }
            addDigits(&network, range.clamped(to: segment), length, point: length, first, last)
        }
    }

    /// Nil: no number of 15 digits lies within.
    static func make(_ rule: Schema.NumberRule) throws(DraftMachine.TooLarge) -> DraftMachine? {
        var network = Network()
        let (first, last) = (network.state(), network.state())
        let minus = network.state()
        network.connect(first, word: [UInt8(ascii: "-")], minus)
        for length in 1...digits {
            let places = digits - length
            if let range = magnitudes(rule.minimum, rule.maximum, places, isNegative: false, length) {
                addDigits(&network, range, digits, point: length, first, last)
            }
            if let range = magnitudes(rule.maximum, rule.minimum, places, isNegative: true, length) {
                addDigits(&network, range, digits, point: length, minus, last)
            }
        }
        var end = last
        if rule.minimum == nil, rule.maximum == nil {
            let (exponent, sign, more) = (network.state(), network.state(), network.state())
            for letter in "eE".utf8 { network.connect(last, letter...letter, exponent) }
            for letter in "+-".utf8 { network.connect(exponent, letter...letter, sign) }
            network.connect(exponent, free: sign)
            end = network.state()
            network.connect(sign, UInt8(ascii: "0")...UInt8(ascii: "9"), more)
            network.connect(more, UInt8(ascii: "0")...UInt8(ascii: "9"), end)
            network.connect(more, free: end)
            network.connect(last, free: end)
        }
        let draft = try network.determinised(from: first, to: end)
        return draft.distances()[0] == .max ? nil : draft
    }

    /// The magnitudes of one sign with `length` digits before the point, in units of the last place, between the bound nearer to
    /// zero and the one farther from it; nil: there are none.
    private static func magnitudes(
        _ near: DecimalBound?, _ far: DecimalBound?, _ places: Int, isNegative: Bool, _ length: Int
    ) -> ClosedRange<UInt64>? {
        // A minus before a zero is left out: "-0" is 0, which an exclusive bound may forbid.
        var low = max(length == 1 ? 0 : DecimalBound.power(digits - 1), isNegative ? 1 : 0)
        var high = DecimalBound.power(length + places) - 1
        if let near, near.digits > 0 ? near.isNegative == isNegative : near.isExclusive {
            let (units, isExact) = near.scaled(places)
            if units == .max { return nil }
            low = max(low, isExact && !near.isExclusive ? units : units + 1)
        }
        if let far {
            if far.digits > 0, far.isNegative != isNegative { return nil }
            let (units, isExact) = far.scaled(places)
            if isExact, far.isExclusive {
                if units == 0 { return nil }
                high = min(high, units - 1)
            } else {
                high = min(high, units)
            }
        }
        return low <= high ? low...high : nil
    }

    /// The digit strings of one length within a range of integers, of which `point` are before the point. Those after it may end
    /// early, where zeros may follow.
    private static func addDigits(
        _ network: inout Network, _ range: ClosedRange<UInt64>, _ length: Int, point: Int, _ first: Int32, _ last: Int32
    ) {
        let low = decimal(range.lowerBound, length)
        let high = decimal(range.upperBound, length)
        /// A place, and whether all digits before it are the bound's.
        struct Key: Hashable { let place: Int, atLow: Bool, atHigh: Bool }
        var states: [Key: Int32] = [:]
        var open: [Key] = [Key(place: 0, atLow: true, atHigh: true)]
        states[open[0]] = first
        while let key = open.popLast() {
            guard let state = states[key] else { continue }
            // The number may end here: what is left of the lower bound is zeros.
            if key.place >= point, !key.atLow || low[key.place...].allSatisfy({ $0 == 0 }) { network.connect(state, free: last) }
            guard key.place < length else { continue }
            var from = state
            if key.place == point {
                from = network.state()
                network.connect(state, word: [UInt8(ascii: ".")], from)
            }
            for digit in (key.atLow ? low[key.place] : 0)...(key.atHigh ? high[key.place] : 9) {
                let next = Key(
                    place: key.place + 1, atLow: key.atLow && digit == low[key.place], atHigh: key.atHigh && digit == high[key.place])
                let target: Int32
                if let known = states[next] {
                    target = known
                } else {
                    target = network.state()
                    states[next] = target
                    open.append(next)
                }
                let byte = UInt8(ascii: "0") + digit
                network.connect(from, byte...byte, target)
            }
        }
    }

    private static func decimal(_ value: UInt64, _ length: Int) -> [UInt8] {
        var rest = value
        var digits = [UInt8](repeating: 0, count: length)
        for place in digits.indices.reversed() {
            digits[place] = UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }
}
