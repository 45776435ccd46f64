import Figures

/// A JSON object read by camelCase field names, with snake_case accepted for each of them and the path kept for error messages.
///
/// Null counts as absent. Fields that nobody asked for are in ``Unread/names`` when the message has been read.
struct Fields {
    let path: String
    let members: [String: JSONValue]
    private let unread: Unread

    /// - Parameter unread: of the message that the object is a part of.
    init(_ value: JSONValue, path: String, unread: Unread) throws(ProtocolError) {
        guard case .object(let members) = value else {
            throw .wrongType(path: path, expected: "an object", found: value.kindName)
        }
        self.init(members: members, path: path, unread: unread)
    }

    init(members: [String: JSONValue], path: String, unread: Unread = Unread()) {
        self.members = members
        self.path = path
        self.unread = unread
        unread.add(members.keys.map { self.path($0) })
    }

    /// The fields of one message that were not asked for, by their paths.
    final class Unread {
        private var paths: Set<String> = []

        /// More are told by their number, and longer ones cut: a client's message is not to be sent back to it whole.
        private static let limit = 32
        private static let longest = 128

        var names: [String] {
            let names = paths.sorted().prefix(Self.limit).map { $0.count > Self.longest ? "\($0.prefix(Self.longest))…" : $0 }
            return paths.count > Self.limit ? names + ["and \(paths.count - Self.limit) more"] : names
        }

        func add(_ paths: [String]) { self.paths.formUnion(paths) }
        func read(_ path: String) { paths.remove(path) }
    }

    func path(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    /// Field `name` as it is; camelCase wins over snake_case when a message has both.
    func value(_ name: String) -> JSONValue? {
        unread.read(path(name))
        if let value = members[name] { return value.isNull ? nil : value }
        let snake = Self.snakeCase(name)
        guard snake != name, let value = members[snake] else { return nil }
        unread.read(path(snake))
        return value.isNull ? nil : value
    }

    /// The names that are there, in camelCase.
    var names: [String] { Set(members.keys.map(Self.camelCase)).sorted() }

    func has(_ name: String) -> Bool { value(name) != nil }

    /// Field `name` is there, as null.
    func isNull(_ name: String) -> Bool { (members[name] ?? members[Self.snakeCase(name)])?.isNull == true }

    /// Field `name` was looked at, and is not done: it is told with those that nobody asked for.
    func ignore(_ name: String) { unread.add([path(name)]) }

    /// What is done with field `name` otherwise than it says, told with those that are not read: "path: 20 -> 100".
    func remark(_ name: String, _ text: String) { unread.add(["\(path(name)): \(text)"]) }

    func string(_ name: String) throws(ProtocolError) -> String? {
        try read(name, "a string", \.string)
    }

    func bool(_ name: String) throws(ProtocolError) -> Bool? {
        try read(name, "true or false", \.bool)
    }

    func integer(_ name: String, in range: ClosedRange<Int64> = .min ... .max) throws(ProtocolError) -> Int64? {
        guard let value = value(name) else { return nil }
        let allowed = "\(range.lowerBound) to \(range.upperBound)"
        guard let integer = value.integer else {
            // A number all the same, with a fraction, or beyond 64 bits.
            guard let number = value.number else { throw .wrongType(path: path(name), expected: "an integer", found: value.kindName) }
            throw .outOfRange(path: path(name), value: number.figure, range: "an integer, \(allowed)")
        }
        guard range.contains(integer) else { throw .outOfRange(path: path(name), value: String(integer), range: allowed) }
        return integer
    }

    func number(_ name: String, in range: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude)
        throws(ProtocolError) -> Double?
    {
        guard let value = try read(name, "a number", \.number) else { return nil }
        guard range.contains(value) else {
            throw .outOfRange(path: path(name), value: value.figure, range: "\(range.lowerBound.figure) to \(range.upperBound.figure)")
        }
        return value
    }

    func duration(_ name: String) throws(ProtocolError) -> Duration? {
        guard let text = try string(name) else { return nil }
        guard let duration = Duration(wire: text) else { throw .invalidDuration(path: path(name), value: text) }
        return duration
    }

    func object(_ name: String) throws(ProtocolError) -> Fields? {
        guard let value = value(name) else { return nil }
        return try Fields(value, path: path(name), unread: unread)
    }

    /// The elements of an array with the path of each.
    func array(_ name: String) throws(ProtocolError) -> [(value: JSONValue, path: String)]? {
        guard let elements = try read(name, "an array", \.array) else { return nil }
        return elements.enumerated().map { ($0.element, "\(path(name))[\($0.offset)]") }
    }

    /// The elements of an array of objects.
    func objects(_ name: String) throws(ProtocolError) -> [Fields]? {
        guard let elements = try array(name) else { return nil }
        var objects: [Fields] = []
        for (value, path) in elements { objects.append(try Fields(value, path: path, unread: unread)) }
        return objects
    }

    func strings(_ name: String) throws(ProtocolError) -> [String]? {
        guard let elements = try array(name) else { return nil }
        var strings: [String] = []
        for (value, path) in elements {
            guard case .string(let text) = value else {
                throw .wrongType(path: path, expected: "a string", found: value.kindName)
            }
            strings.append(try Self.word(text, path: path))
        }
        return strings
    }

    /// Names and choices are short: comparing long strings can take very long (see ``JSONText/maximumForeignKeyBytes``), and a refusal
    /// repeats what was said.
    static let maximumWordBytes = ClientMessage.maximumNameBytes

    static func word(_ text: String, path: String) throws(ProtocolError) -> String {
        guard text.utf8.count <= maximumWordBytes else {
            throw .outOfRange(path: path, value: "\(text.utf8.count) bytes long", range: "at most \(maximumWordBytes) bytes")
        }
        return text
    }

    /// A string that is a name or a choice.
    func word(_ name: String) throws(ProtocolError) -> String? {
        guard let text = try string(name) else { return nil }
        return try Self.word(text, path: path(name))
    }

    /// A string that must be one of the raw values of `Value`.
    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _: Value.Type) throws(ProtocolError) -> Value?
    where Value.RawValue == String {
        guard let text = try word(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            throw .unknownValue(path: path(name), value: text, known: Value.allCases.map(\.rawValue))
        }
        return value
    }

    private func read<Value>(_ name: String, _ expected: String, _ get: (JSONValue) -> Value?) throws(ProtocolError) -> Value? {
        guard let value = value(name) else { return nil }
        guard let result = get(value) else {
            throw .wrongType(path: path(name), expected: expected, found: value.kindName)
        }
        return result
    }

    /// `turnComplete` -> `turn_complete`.
    static func snakeCase(_ name: String) -> String {
        var snake = ""
        for character in name {
            if character.isUppercase { snake += "_" + character.lowercased() } else { snake.append(character) }
        }
        return snake
    }

    /// `turn_complete` -> `turnComplete`; a leading underscore stays.
    static func camelCase(_ name: String) -> String {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        guard let first = parts.first else { return name }
        return parts.dropFirst().reduce(into: String(first)) { $0 += $1.prefix(1).uppercased() + $1.dropFirst() }
    }
}
