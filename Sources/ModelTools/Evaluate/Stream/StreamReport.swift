import Foundation

/// The figures of long streams: over all, by thirds, and what the stream costs against a fresh look.
package struct StreamReport: Sendable {
    private struct Row {
        let name: String
        let label: String
        let all: Figure
        var parts: [Figure?] = [nil, nil, nil]
        var drift: Figure?
    }

    private let rows: [Row]

    package init(_ tally: StreamTally) {
        let conditions = tally.samples.keys.compactMap { figure in if case .words(let condition) = figure { condition } else { nil } }
        rows =
            StreamFigure.all(conditions: conditions.sorted()).compactMap { figure in
                tally.figure(figure).map { all in
                    Row(
                        name: figure.name, label: figure.label, all: all,
                        parts: StreamTally.Part.allCases.map { tally.figure(figure, $0) }, drift: tally.drift(figure))
                }
            } + Self.wordings(tally) + Self.costs(tally)
    }

    private static func wordings(_ tally: StreamTally) -> [Row] {
        StreamTruth.Ask.Wording.allCases.filter { $0 != .plain }.compactMap { wording in
            tally.wording(wording).map {
                Row(name: "wording.\(wording.rawValue)", label: "wording \(wording.rawValue) less plain, points", all: $0)
            }
        }
    }

    private static func costs(_ tally: StreamTally) -> [Row] {
        func percentiles(_ name: String, _ label: String, _ values: [Double]) -> [Row] {
            [(50, 0.5), (95, 0.95)].compactMap { percent, share in
                Figure.percentile(share, of: values, unit: .milliseconds).map {
                    Row(name: "\(name).p\(percent)", label: "\(label), ms, p\(percent)", all: $0)
                }
            }
        }
        let work = Figure.mean(tally.visionWork, unit: .plain).map {
            [Row(name: "vision.work", label: "dense passes a changed frame", all: $0)]
        }
        return percentiles("latency.firstToken", "question to first token", tally.firstTokenMilliseconds)
            + percentiles("latency.frame", "a frame taken in", tally.frameMilliseconds) + (work ?? [])
    }

    /// Every figure by its name: `objects.f1`, `objects.f1.first` and so on, `objects.f1.drift`.
    package var figures: [NamedFigure] {
        rows.flatMap { row in
            let parts = zip(StreamTally.Part.allCases, row.parts).compactMap { part, figure in
                figure.map { NamedFigure(name: "\(row.name).\(part.name)", label: "\(row.label), \(part.name) third", figure: $0) }
            }
            let drift = row.drift.map { NamedFigure(name: "\(row.name).drift", label: "\(row.label), last third less first", figure: $0) }
            return [NamedFigure(name: row.name, label: row.label, figure: row.all)] + parts + (drift.map { [$0] } ?? [])
        }
    }

    /// A line for each figure, in at most 120 columns.
    package var text: String {
        let head = Self.line("", "all", "n", ["first third", "middle", "last third"], "last-first")
        let lines = rows.map { row in
            Self.line(
                row.label, Self.cell(row.all), "\(row.all.n)", row.parts.map { $0.map(Self.cell) ?? "" },
                row.drift.map { String(format: "%+.1f", $0.value) } ?? "")
        }
        return ([head] + lines).joined(separator: "\n")
    }

    private static func line(_ label: String, _ all: String, _ n: String, _ parts: [String], _ drift: String) -> String {
        func wide(_ text: String, _ width: Int) -> String {
            text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
        }
        let cells = wide(label, 33) + wide(all, 18) + wide(n, 5) + parts.map { wide($0, 18) }.joined()
        return (cells + drift).replacing(#/\s+$/#, with: "")
    }

    /// "0.912 [.88, .94]"
    private static func cell(_ figure: Figure) -> String {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        let digits = figure.unit == .share ? 3 : abs(figure.value) < 100 ? 1 : 0
        guard figure.interval != .none else { return number(figure.value, digits) }
        func bound(_ value: Double) -> String {
            guard figure.unit == .share else { return number(value, abs(value) < 10 ? 1 : 0) }
            return value >= 0.995 && value < 1.005 ? "1" : value < 0.995 ? String(number(value, 2).dropFirst()) : number(value, 2)
        }
        return "\(number(figure.value, digits)) [\(bound(figure.low)),\(bound(figure.high))]"
    }
}
