import Constraint
import Testing

/// Bounds of numbers, against comparing them.
@Suite struct NumberTests {
    @Test func integersNearTheirBounds() throws {
        var random = Seeded(3)
        for _ in 0..<(RandomWalkTests.isQuick ? 20 : 200) {
            let digits = Int.random(in: 1...18, using: &random)
            let scale = (0..<digits).reduce(Int64(1)) { power, _ in power * 10 }
            let low = Int64.random(in: -scale...scale, using: &random)
            let high = low + Int64.random(in: 0...scale, using: &random)
            let constraint = try TokenConstraint.json(#"{"type":"integer","minimum":\#(low),"maximum":\#(high)}"#)
            for value in [
                low - 2, low - 1, low, low + 1, 0, 1, -1, high - 1, high, high + 1, high + 2, low / 10, high / 10, low / 2 + high / 2,
            ] {
                #expect(constraint.accepts("\(value)") == (low...high).contains(value), "\(value) in \(low)...\(high)")
            }
        }
    }

    @Test func allIntegersOfASmallRange() throws {
        for range in [-7...5, 3...3, 98...1002, -1000 ... -99, 0...0, -1...0] {
            let constraint = try TokenConstraint.json(
                #"{"type":"integer","minimum":\#(range.lowerBound),"maximum":\#(range.upperBound)}"#)
            for value in -1100...1100 { #expect(constraint.accepts("\(value)") == range.contains(value), "\(value) in \(range)") }
        }
    }

    @Test func decimalsNearTheirBounds() throws {
        var random = Seeded(4)
        for _ in 0..<(RandomWalkTests.isQuick ? 10 : 100) {
            let low = Double(Int.random(in: -5000...5000, using: &random)) / 100
            let high = low + Double(Int.random(in: 1...3000, using: &random)) / 100
            let isExclusive = random.chance(0.5)
            let names = isExclusive ? ("exclusiveMinimum", "exclusiveMaximum") : ("minimum", "maximum")
            let constraint = try TokenConstraint.json(#"{"type":"number","\#(names.0)":\#(low),"\#(names.1)":\#(high)}"#)
            for _ in 0..<200 {
                let places: Double = ([1, 10, 100, 1000] as [Double]).randomElement(using: &random) ?? 1
                let near: Double = random.chance(0.5) ? low : high
                let shift = Double(Int.random(in: -20...20, using: &random)) / places
                let value = ((near + shift) * places).rounded() / places
                // "-0.0" is not said.
                let text = value == 0 ? "0.0" : "\(value)"
                let isWithin = isExclusive ? value > low && value < high : value >= low && value <= high
                #expect(constraint.accepts(text) == isWithin, "\(text) in \(low)...\(high)")
            }
        }
    }

    /// Bounds with more digits than are said, and bounds that only digits beyond them tell apart.
    @Test func boundsOfManyDigits() throws {
        let third = try TokenConstraint.json(#"{"type":"number","minimum":0.3333333333333333,"maximum":0.6666666666666666}"#)
        #expect(!third.accepts("0.33333333333333") && third.accepts("0.33333333333334"))
        #expect(third.accepts("0.66666666666666") && !third.accepts("0.66666666666667"))
        let large = try TokenConstraint.json(#"{"type":"number","minimum":1e14,"maximum":1e300}"#)
        #expect(large.accepts("100000000000000") && !large.accepts("99999999999999"))
        #expect(throws: ConstraintError.self) { try TokenConstraint.json(#"{"type":"number","minimum":1e16}"#) }
        #expect(throws: ConstraintError.self) {
            try TokenConstraint.json(#"{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":1.000000000000001}"#)
        }
    }
}
