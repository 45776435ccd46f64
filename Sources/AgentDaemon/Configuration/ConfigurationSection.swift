import TOMLKit

/// Typed reads of one TOML section. Every key that is read is a known key; what the file has beyond them is an error.
struct ConfigurationSection {
    let file: String
    let name: String
    private let table: TOMLTable
    private let lines: ConfigurationLines
    private(set) var known: [String] = []

    init(file: String, name: String, table: TOMLTable, lines: ConfigurationLines) {
        self.file = file
        self.name = name
        self.table = table
        self.lines = lines
    }

    mutating func string(_ key: String, _ value: inout String) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard let text = found.string else { throw wrongType(key, "a string") }
        value = text
    }

    mutating func flag(_ key: String, _ value: inout Bool) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard let flag = found.bool else { throw wrongType(key, "true or false") }
        value = flag
    }

    mutating func integer(_ key: String, _ value: inout Int, in range: ClosedRange<Int>) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard let number = found.int else { throw wrongType(key, "a whole number") }
        guard range.contains(number) else {
            throw outOfRange(key, "\(number)", "\(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    mutating func number(_ key: String, _ value: inout Double, in range: ClosedRange<Double>) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard let number = found.double ?? found.int.map(Double.init) else { throw wrongType(key, "a number") }
        guard range.contains(number) else {
            throw outOfRange(key, "\(number)", "\(range.lowerBound) to \(range.upperBound)")
        }
        value = number
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ value: inout Choice) throws(ConfigurationError)
    where Choice.RawValue == String {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let found = entry(key) else { return }
        guard let text = found.string else { throw wrongType(key, "one of \(all)") }
        guard let choice = Choice(rawValue: text) else { throw outOfRange(key, "\"\(text)\"", all) }
        value = choice
    }

    /// A file mode, written as an octal string such as "0660".
    mutating func fileMode(_ key: String, _ value: inout UInt32) throws(ConfigurationError) {
        guard let found = entry(key) else { return }
        guard let text = found.string else { throw wrongType(key, "an octal string such as \"0660\"") }
        guard let mode = UInt32(text, radix: 8), mode <= 0o777 else { throw outOfRange(key, "\"\(text)\"", "\"0000\" to \"0777\"") }
        value = mode
    }

    /// - Throws: the first key of the file that no read asked for.
    func requireNothingElse() throws(ConfigurationError) {
        for key in table.keys.sorted() where !known.contains(key) {
            throw .unknownKey(
                file: file, line: lines.line(section: name, key: key), section: name, key: key, nearest: nearest(to: key, among: known))
        }
    }

    private mutating func entry(_ key: String) -> (any TOMLValueConvertible)? {
        known.append(key)
        return table[key]
    }

    private func wrongType(_ key: String, _ expected: String) -> ConfigurationError {
        .wrongType(file: file, line: lines.line(section: name, key: key), section: name, key: key, expected: expected)
    }

    private func outOfRange(_ key: String, _ value: String, _ allowed: String) -> ConfigurationError {
        .outOfRange(file: file, line: lines.line(section: name, key: key), section: name, key: key, value: value, allowed: allowed)
    }
}

/// Finds the line of a key for error messages; the TOML library reports lines only for syntax errors.
struct ConfigurationLines {
    private let lines: [Substring]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// - Returns: the 1-based line of `key` inside `[section]`, or of the section's head when `key` is nil or not found.
    func line(section: String, key: String?) -> Int {
        var current = ""
        var head = 1
        for (index, line) in lines.enumerated() {
            let text = line.drop { $0 == " " || $0 == "\t" }
            if text.first == "[", let end = text.firstIndex(of: "]") {
                current = String(text[text.index(after: text.startIndex)..<end])
                if current == section { head = index + 1 }
            } else if current == section, let key {
                let name = text.prefix { $0 != "=" && $0 != " " && $0 != "\t" }.filter { $0 != "\"" && $0 != "'" }
                if name == key { return index + 1 }
            }
        }
        return head
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
