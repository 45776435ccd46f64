import Figures
import ModelSignature

/// Typed reads of one TOML section. Every key that is read is a known key; what the file has beyond them is an error.
struct ConfigurationSection {
    let file: String
    let name: String
    private let section: TOMLDocument.Section
    private(set) var known: [String] = []

    init(file: String, name: String, section: TOMLDocument.Section) {
        self.file = file
        self.name = name
        self.section = section
    }

    mutating func string(_ key: String, _ value: inout String) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { throw wrongType(key, "a string") }
        value = text
    }

    mutating func flag(_ key: String, _ value: inout Bool) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard case .flag(let flag) = found else { throw wrongType(key, "true or false") }
        value = flag
    }

    mutating func integer(_ key: String, _ value: inout Int, in range: ClosedRange<Int>) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard case .integer(let number) = found else { throw wrongType(key, "a whole number") }
        guard range.contains(number) else {
            throw outOfRange(key, "\(number)", "\(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    mutating func number(_ key: String, _ value: inout Double, in range: ClosedRange<Double>) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        let number: Double
        switch found {
        case .number(let fraction): number = fraction
        case .integer(let whole): number = Double(whole)
        default: throw wrongType(key, "a number")
        }
        guard range.contains(number) else {
            throw outOfRange(key, number.figure, "\(range.lowerBound.figure) to \(range.upperBound.figure)")
        }
        value = number
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ value: inout Choice) throws(ConfigurationError)
    where Choice.RawValue == String {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { throw wrongType(key, "one of \(all)") }
        guard let choice = Choice(rawValue: text) else { throw outOfRange(key, "\"\(text)\"", all) }
        value = choice
    }

    /// A file mode, written as an octal string such as "0660".
    mutating func fileMode(_ key: String, _ value: inout UInt32) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { throw wrongType(key, "an octal string such as \"0660\"") }
        guard let mode = UInt32(text, radix: 8), mode <= 0o777 else { throw outOfRange(key, "\"\(text)\"", "\"0000\" to \"0777\"") }
        value = mode
    }

    /// An Ed25519 public key in base64, or an empty string.
    mutating func publicKey(_ key: String, _ value: inout String) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard case .text(let text) = found else { throw wrongType(key, "a string") }
        guard text.isEmpty || ModelPublicKey(base64: text) != nil else {
            throw outOfRange(key, "\"\(text)\"", "32 bytes in base64, as `mmagent-model sign` prints them, or \"\"")
        }
        value = text
    }

    /// - Throws: the first key of the file that no read asked for.
    func requireNothingElse() throws(ConfigurationError) {
        for key in section.entries.keys.sorted() where !known.contains(key) {
            throw .unknownKey(
                file: file, line: line(of: key), section: name, key: key, nearest: nearest(to: key, among: known))
        }
    }

    private mutating func entry(_ key: String) -> TOMLDocument.Value? {
        known.append(key)
        return section.entries[key]?.value
    }

    private func line(of key: String) -> Int { section.entries[key]?.line ?? section.line }

    private func wrongType(_ key: String, _ expected: String) -> ConfigurationError {
        .wrongType(file: file, line: line(of: key), section: name, key: key, expected: expected)
    }

    private func outOfRange(_ key: String, _ value: String, _ allowed: String) -> ConfigurationError {
        .outOfRange(file: file, line: line(of: key), section: name, key: key, value: value, allowed: allowed)
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
