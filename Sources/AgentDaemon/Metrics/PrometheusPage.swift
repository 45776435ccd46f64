import Session

/// A page in the text format of Prometheus (exposition format 0.0.4): families with help, type and samples.
struct PrometheusPage {
    private(set) var text = ""

    /// A value that only grows; its name ends in `_total`.
    mutating func counter(_ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        family(name, "counter", help, samples)
    }

    mutating func gauge(_ name: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        family(name, "gauge", help, samples)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Double) { counter(name, help, [([], value)]) }
    mutating func gauge(_ name: String, _ help: String, _ value: Double) { gauge(name, help, [([], value)]) }

    mutating func histogram(_ name: String, _ help: String, _ samples: [(labels: [(String, String)], histogram: DurationHistogram)]) {
        head(name, "histogram", help)
        for (labels, histogram) in samples {
            var below = 0
            for (index, count) in histogram.counts.enumerated() {
                below += count
                let bound = index < DurationHistogram.bounds.count ? Self.number(DurationHistogram.bounds[index]) : "+Inf"
                sample(name + "_bucket", labels + [("le", bound)], Double(below))
            }
            sample(name + "_sum", labels, histogram.sum)
            sample(name + "_count", labels, Double(histogram.count))
        }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        head(name, type, help)
        for (labels, value) in samples { sample(name, labels, value) }
    }

    private mutating func head(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n# TYPE \(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        let inside = labels.map { name, value in "\(name)=\"\(Self.escaped(value))\"" }.joined(separator: ",")
        text += name + (inside.isEmpty ? "" : "{\(inside)}") + " \(Self.number(value))\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Whole numbers without a fraction, as people read them.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }
}
