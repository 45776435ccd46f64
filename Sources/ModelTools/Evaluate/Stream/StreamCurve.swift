import Foundation

/// Right answers minute by minute, as a table for a plot: `minute,measure,asked,right`.
package struct StreamCurve: Sendable {
    package let text: String

    /// Figures that are shares of right answers, by what was asked in a minute; of F1 the sum stands for the right ones.
    package init(_ tally: StreamTally) {
        var lines = ["minute,measure,asked,right"]
        for (figure, samples) in tally.samples.sorted(by: { $0.key.name < $1.key.name }) {
            switch figure.estimator {
            case .share, .wrong, .balanced, .mean(.share): break
            default: continue
            }
            for (minute, own) in Dictionary(grouping: samples, by: \.minute).sorted(by: { $0.key < $1.key }) {
                let right = own.reduce(0) { $0 + $1.value }
                let value = right == right.rounded() ? "\(Int(right))" : String(format: "%.3f", right)
                lines.append("\(minute),\(figure.name),\(own.count),\(value)")
            }
        }
        text = lines.joined(separator: "\n") + "\n"
    }
}
