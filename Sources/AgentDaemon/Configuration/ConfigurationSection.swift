import AgentSocket
import Figures
import ModelSignature

/// Typed reads of one TOML section. Every key that is read is a known key; what the file has beyond them is a fault. A value that
/// is wrong leaves the default in its place and is a fault as well, so that all of them can be told at once.
struct ConfigurationSection {
    let file: String
    let name: String
    private let section: TOMLDocument.Section
    private(set) var known: [String] = []
    private var faults: [ConfigurationError] = []
    /// Another program's file is known by the first ones; each costs a comparison with every key.
    static let maximumUnknownKeys = 20

    init(file: String, name: String, section: TOMLDocument.Section) {
        self.file = file
        self.name = name
        self.section = section
    }

    /// Paths, names and choices are not longer; comparing long strings can take very long.
    static let maximumTextBytes = 4096

    /// - Parameter limit: bytes.
    mutating func string(_ key: String, _ value: inout String, limit: Int = Self.maximumTextBytes) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { return wrongType(key, "a string") }
        guard text.utf8.count <= limit else { return outOfRange(key, Self.shown(text), "a text of at most \(limit) bytes") }
        value = text
    }

    /// A text as a sentence repeats it.
    private static func shown(_ text: String) -> String {
        text.utf8.count <= 200 ? "\"\(text)\"" : "a text of \(text.utf8.count) bytes"
    }

    mutating func flag(_ key: String, _ value: inout Bool) {
        guard let found = entry(key) else { return }
        guard case .flag(let flag) = found else { return wrongType(key, "true or false") }
        value = flag
    }

    mutating func integer(_ key: String, _ value: inout Int, in range: ClosedRange<Int>) {
        guard let found = entry(key) else { return }
        guard case .integer(let number) = found else { return wrongType(key, "a whole number") }
        guard range.contains(number) else {
            return outOfRange(key, "\(number)", "\(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    mutating func number(_ key: String, _ value: inout Double, in range: ClosedRange<Double>) {
        guard let found = entry(key) else { return }
        let number: Double
        switch found {
        case .number(let fraction): number = fraction
        case .integer(let whole): number = Double(whole)
        default: return wrongType(key, "a number")
        }
        guard range.contains(number) else {
            return outOfRange(key, number.figure, "\(range.lowerBound.figure) to \(range.upperBound.figure)")
        }
        value = number
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ value: inout Choice)
    where Choice.RawValue == String {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { return wrongType(key, "one of \(all)") }
        guard text.utf8.count <= Self.maximumTextBytes, let choice = Choice(rawValue: text) else {
            return outOfRange(key, Self.shown(text), all)
        }
        value = choice
    }

    /// A file mode, written as an octal string such as "0660".
    mutating func fileMode(_ key: String, _ value: inout UInt32) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { return wrongType(key, "an octal string such as \"0660\"") }
        guard let mode = UInt32(text, radix: 8), mode <= 0o777 else { return outOfRange(key, Self.shown(text), "\"0000\" to \"0777\"") }
        value = mode
    }

    /// A numeric address and a port, or an empty string.
    mutating func listenAddress(_ key: String, _ value: inout String) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { return wrongType(key, "a string") }
        guard text.isEmpty || ListenAddress(text) != nil else {
            return outOfRange(key, "\"\(text)\"", "a numeric address and a port, as \"127.0.0.1:8443\" and \"[::1]:8443\", or \"\"")
        }
        value = text
    }

    /// An Ed25519 public key in base64, or an empty string.
    mutating func publicKey(_ key: String, _ value: inout String) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { return wrongType(key, "a string") }
        guard text.isEmpty || ModelPublicKey(base64: text) != nil else {
            return outOfRange(key, Self.shown(text), "32 bytes in base64, as `mmagent-model sign` prints them, or \"\"")
        }
        value = text
    }

    /// What the reads found, and the keys of the file that none of them asked for.
    func allFaults() -> [ConfigurationError] {
        let unknown = section.entries.filter { !known.contains($0.key) }.sorted { $0.value.line < $1.value.line }
        return faults
            + unknown.prefix(Self.maximumUnknownKeys).map { key, entry in
                ConfigurationError.unknownKey(
                    file: file, line: entry.line, section: name, key: key, nearest: nearest(to: key, among: known))
            }
    }

    private mutating func entry(_ key: String) -> TOMLDocument.Value? {
        known.append(key)
        return section.entries[key]?.value
    }

    private func line(of key: String) -> Int { section.entries[key]?.line ?? section.line }

    private mutating func wrongType(_ key: String, _ expected: String) {
        faults.append(.wrongType(file: file, line: line(of: key), section: name, key: key, expected: expected))
    }

    private mutating func outOfRange(_ key: String, _ value: String, _ allowed: String) {
        faults.append(.outOfRange(file: file, line: line(of: key), section: name, key: key, value: value, allowed: allowed))
    }
}

/// The known name with the fewest edits (Levenshtein distance).
func nearest(to name: String, among known: [String]) -> String {
    known.min { distance($0, name) < distance($1, name) } ?? ""
}

private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var previous = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var row = [i + 1]
        for (j, b) in right.enumerated() {
            row.append(min(row[j] + 1, previous[j + 1] + 1, previous[j] + (a == b ? 0 : 1)))
        }
        previous = row
    }
    return previous[right.count]
}
