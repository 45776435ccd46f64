import AgentProtocol
import Foundation

/// How far an evaluation is, how fast it goes and how long it will take.
public struct EvaluationProgress: Sendable {
    public var done = 0
    /// Nil if nobody knows.
    public let of: Int?
    public let unit: String
    private let begin = ContinuousClock.now

    init(of: Int?, unit: String) {
        self.of = of
        self.unit = unit
    }

    public var text: String { text(after: (ContinuousClock.now - begin).inSeconds) }

    func text(after seconds: Double) -> String {
        let rate = seconds > 0 ? Double(done) / seconds : 0
        let share = of.map { "\(done) of \($0) \(unit)" } ?? "\(done) \(unit)"
        guard rate > 0 else { return share }
        let left = of.map { Double($0 - done) / rate }
        return share + String(format: ", %.1f a second", rate) + (left.map { ", \(Self.duration($0)) left" } ?? "")
    }

    private static func duration(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : "\(Int((seconds / 60).rounded(.up))) min"
    }
}
