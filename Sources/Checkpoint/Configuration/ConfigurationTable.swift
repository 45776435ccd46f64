import Figures

/// One object of a configuration file while it is decoded: typed look-ups with ranges, and a check that no key was left over.
///
/// Every key must be asked for, or be in the table of keys that do not matter to inference: a key nobody knows is more likely
/// a mistake, or a feature this engine does not have, than a decoration.
struct ConfigurationTable {
    /// Dotted path of the object for error messages; empty for the document itself.
    let path: String
    private let object: JSONObject
    private var known: Set<String> = []

    init(_ value: JSONValue, path: String) throws(ConfigurationProblem) {
        guard case .object(let object) = value else {
            throw .notAnObject(key: path.isEmpty ? "the document" : path, found: value.summary)
        }
        self.path = path
        self.object = object
    }

    func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    var members: [JSONObject.Member] { object.members }

    /// The value, nil when the key is missing or null. The key counts as known.
    mutating func value(_ key: String) -> JSONValue? {
        known.insert(key)
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationProblem) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let number) = value else { throw .wrongType(key: name(key), found: value.summary, wanted: "a whole number") }
        guard range.contains(number) else {
            throw .outOfRange(key: name(key), value: "\(number)", range: "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationProblem) -> Double? {
        guard let value = value(key) else { return nil }
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .real(let real): number = real
        default: throw .wrongType(key: name(key), found: value.summary, wanted: "a number")
        }
        guard range.contains(number) else {
            throw .outOfRange(key: name(key), value: number.figure, range: "\(range.lowerBound.figure) to \(range.upperBound.figure)")
        }
        return number
    }

    mutating func boolean(_ key: String) throws(ConfigurationProblem) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .boolean(let boolean) = value else { throw .wrongType(key: name(key), found: value.summary, wanted: "true or false") }
        return boolean
    }

    mutating func string(_ key: String) throws(ConfigurationProblem) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let string) = value else { throw .wrongType(key: name(key), found: value.summary, wanted: "a string") }
        return string
    }

    /// A string that is a choice: of what is too long to be one only the beginning is compared and told.
    mutating func word(_ key: String) throws(ConfigurationProblem) -> String? {
        try string(key).map { String(decoding: $0.utf8.prefix(JSONReader.maximumNameBytes), as: UTF8.self) }
    }

    mutating func array(_ key: String) throws(ConfigurationProblem) -> [JSONValue]? {
        guard let value = value(key) else { return nil }
        guard case .array(let array) = value else { throw .wrongType(key: name(key), found: value.summary, wanted: "an array") }
        return array
    }

    mutating func table(_ key: String) throws(ConfigurationProblem) -> ConfigurationTable? {
        guard let value = value(key) else { return nil }
        return try ConfigurationTable(value, path: name(key))
    }

    /// Token ids, written as one number or a list.
    mutating func tokenIDs(_ key: String) throws(ConfigurationProblem) -> [Int32]? {
        guard let value = value(key) else { return nil }
        let elements = if case .array(let array) = value { array } else { [value] }
        var ids: [Int32] = []
        for element in elements {
            guard case .integer(let id) = element, let id = Int32(exactly: id), id >= 0 else {
                throw .wrongType(key: name(key), found: value.summary, wanted: "a token id or a list of them")
            }
            ids.append(id)
        }
        return ids
    }

    mutating func tokenID(_ key: String) throws(ConfigurationProblem) -> Int32? {
        try integer(key, in: 0...Int(Int32.max)).map { Int32(truncatingIfNeeded: $0) }
    }

    /// Fails unless the key is missing, null, or `supported`.
    mutating func require(_ key: String, _ supported: JSONValue) throws(ConfigurationProblem) {
        guard let value = value(key), !value.isEqual(to: supported) else { return }
        throw .unsupported(key: name(key), value: value.summary, supported: supported.summary)
    }

    /// Fails if the key is there with anything but null: the feature as a whole is unknown to the engine.
    mutating func requireAbsent(_ key: String, supported: String) throws(ConfigurationProblem) {
        if let value = value(key) { throw .unsupported(key: name(key), value: value.summary, supported: supported) }
    }

    mutating func ignore(_ keys: [String]) { known.formUnion(keys) }

    /// Fails on the first key that nothing asked for.
    func requireAllKnown() throws(ConfigurationProblem) {
        for member in object.members where !known.contains(member.name) {
            throw .unknownKey(key: name(member.name), nearest: Spelling.nearest(to: member.name, among: known).map(name))
        }
    }
}

extension JSONValue {
    /// Equality that takes 1 and 1.0 for the same number.
    func isEqual(to other: JSONValue) -> Bool {
        switch (self, other) {
        case (.integer(let a), .real(let b)), (.real(let b), .integer(let a)): Double(a) == b
        default: self == other
        }
    }
}

/// The nearest known word to a mistyped one.
enum Spelling {
    /// Words within a third of the length (at least 2 edits), the alphabetically first of the nearest.
    static func nearest(to word: String, among candidates: Set<String>) -> String? {
        let letters = Array(word.utf8.prefix(200))
        let limit = max(2, letters.count / 3)
        var best: (distance: Int, name: String)?
        for candidate in candidates.sorted() {
            let distance = distance(letters, Array(candidate.utf8))
            if distance <= limit, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// Levenshtein distance.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let substitution = diagonal + (x == y ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
