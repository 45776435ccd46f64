import Figures
import Testing

/// Numbers as people write them: none ends in a fraction of zero, and none ends the program.
@Suite struct NumberTests {
    @Test(arguments: [
        (0.0, "0"), (3.0, "3"), (2.5, "2.5"), (0.01, "0.01"), (120.0, "120"), (29.97, "29.97"), (-5.0, "-5"), (0.000_05, "5e-05"),
        (1e300, "1e+300"), (.infinity, "inf"), (.nan, "nan"),
    ])
    func numbers(value: Double, text: String) {
        #expect(value.figure == text)
    }

    @Test(arguments: [
        (0.083_4, 2, "0.08"), (2.04, 1, "2"), (2.345, 1, "2.3"), (29.97, 1, "30"), (30_000 / 1001.0, 3, "29.97"), (9.6, 0, "10"),
        (-0.001, 1, "0"), (1e300, 3, "1e+300"), (.infinity, 1, "inf"),
    ])
    func decimals(value: Double, decimals: Int, text: String) {
        #expect(value.figure(decimals: decimals) == text)
    }
}
