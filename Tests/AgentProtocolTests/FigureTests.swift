import AgentProtocol
import Testing

/// Durations as people write them: no more digits than matter, no unit that has to be divided in the head.
@Suite struct FigureTests {
    @Test(arguments: [
        (0.0, "0 s"), (0.000_01, "0 s"), (0.000_4, "0.4 ms"), (0.001_2, "1 ms"), (0.009_4, "9 ms"), (0.009_6, "0.01 s"),
        (0.083_412_345, "0.08 s"), (0.1, "0.1 s"), (0.994, "0.99 s"), (0.996, "1 s"), (1.0, "1 s"), (2.345_678, "2.3 s"), (9.96, "10 s"),
        (12.345, "12 s"), (59.6, "1 min"), (200.0, "3 min 20 s"), (3_599.7, "1 h"), (7_500.0, "2 h 5 min"), (86_400.0, "1 d"),
        (273_600.0, "3 d 4 h"), (-0.25, "-0.25 s"),
    ])
    func durations(seconds: Double, text: String) {
        #expect(Duration.seconds(seconds).figure == text)
    }

    /// What programs read keeps its digits.
    @Test func theWireIsAsItWas() {
        #expect(Duration.seconds(0.083_412).wire == "0.083s")
    }
}
