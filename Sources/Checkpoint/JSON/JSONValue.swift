import Figures

/// A small JSON document as a tree: configurations, indexes and safetensors headers.
package enum JSONValue: Equatable, Sendable {
    case object(JSONObject)
    case array([JSONValue])
    case string(String)
    case integer(Int)
    case real(Double)
    case boolean(Bool)
    case null

    /// Far above any configuration; an index of 50,000 tensors has as many.
    package static let maximumValues = 2_000_000

    /// Parses a whole document of at most `maximumValues`. An object that has a key twice is an error.
    package init(parsing bytes: [UInt8], maximumValues: Int = Self.maximumValues) throws(JSONError) {
        var reader = JSONReader(bytes)
        self = try Self.read(&reader, maximumValues: maximumValues)
        try reader.end()
    }

    /// The next value of a document that is being read.
    package static func read(_ reader: inout JSONReader, maximumValues: Int = Self.maximumValues) throws(JSONError) -> JSONValue {
        var budget = maximumValues
        guard let value = try read(&reader, &budget) else {
            throw JSONError(byte: reader.position, problem: "there are more than \(maximumValues) values")
        }
        return value
    }

    /// Nil when `budget`, the values that may still come, is spent.
    private static func read(_ reader: inout JSONReader, _ budget: inout Int) throws(JSONError) -> JSONValue? {
        guard budget > 0 else { return nil }
        budget -= 1
        switch try reader.peek() {
        case .object:
            try reader.beginObject()
            var object = JSONObject()
            var first = true
            while let name = try reader.nextName(first: &first) {
                let byte = reader.position
                guard let value = try read(&reader, &budget) else { return nil }
                guard object.append(name, value) else {
                    throw JSONError(byte: byte, problem: "the key \"\(name)\" appears twice in one object")
                }
            }
            return .object(object)
        case .array:
            try reader.beginArray()
            var elements: [JSONValue] = []
            var first = true
            while try reader.nextElement(first: &first) {
                guard let value = try read(&reader, &budget) else { return nil }
                elements.append(value)
            }
            return .array(elements)
        case .string: return .string(try reader.string())
        case .number:
            switch try reader.number() {
            case .integer(let value): return .integer(value)
            case .real(let value): return .real(value)
            }
        case .boolean: return .boolean(try reader.boolean())
        case .null:
            try reader.null()
            return .null
        }
    }

    /// Texts byte by byte: however long they are, that is one pass, and no two spellings of a text count as one.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.integer(let left), .integer(let right)): left == right
        case (.real(let left), .real(let right)): left == right
        case (.boolean(let left), .boolean(let right)): left == right
        case (.null, .null): true
        default: false
        }
    }

    /// The value in a few words for a sentence: scalars as written, containers by their size.
    package var summary: String {
        switch self {
        case .object(let object): "an object of \(object.members.count) keys"
        case .array(let elements):
            elements.count <= 8 && elements.allSatisfy(\.isScalar)
                ? "[" + elements.map(\.summary).joined(separator: ", ") + "]" : "an array of \(elements.count)"
        // By scalars: a letter may have thousands of marks.
        case .string(let text): "\"\(String(text.unicodeScalars.prefix(80)))\(text.unicodeScalars.count > 80 ? "…" : "")\""
        case .integer(let value): "\(value)"
        case .real(let value): value.figure
        case .boolean(let value): "\(value)"
        case .null: "null"
        }
    }

    private var isScalar: Bool {
        switch self {
        case .object, .array: false
        default: true
        }
    }
}

/// The members of an object in the order of the file, with unique names.
package struct JSONObject: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package let name: String
        package let value: JSONValue
    }

    package private(set) var members: [Member] = []
    private var indices: [String: Int] = [:]

    package init() {}

    package subscript(_ name: String) -> JSONValue? {
        indices[name].map { members[$0].value }
    }

    /// False, and nothing changed, if the name is there already.
    @discardableResult
    package mutating func append(_ name: String, _ value: JSONValue) -> Bool {
        guard indices[name] == nil else { return false }
        indices[name] = members.count
        members.append(Member(name: name, value: value))
        return true
    }
}
