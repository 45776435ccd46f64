import Checkpoint

/// JSON Schema as its specification reads, for what the tests generate; it shares nothing with what is tested but the JSON reader.
struct Validator {
    /// What is wrong with a value; nil: it is valid.
    static func problem(_ value: JSONValue, _ schema: JSONValue, at path: String = "$") -> String? {
        guard case .object(let fields) = schema else { return schema == .boolean(false) ? "\(path): false" : nil }
        if let alternatives = fields["anyOf"]?.list, !alternatives.contains(where: { problem(value, $0, at: path) == nil }) {
            return "\(path): no alternative of anyOf"
        }
        if let values = fields["enum"]?.list, !values.contains(where: { equal($0, value) }) { return "\(path): not in enum" }
        if let type = fields["type"] {
            let types = type.list ?? [type]
            guard types.contains(where: { isOf(value, $0) }) else { return "\(path): no \(type.summary)" }
        }
        switch value {
        case .string(let text): return string(text, fields, path)
        case .integer, .real: return number(value.number, fields, path)
        case .array(let items): return array(items, fields, path)
        case .object(let object): return self.object(object, fields, path)
        default: return nil
        }
    }

    private static func isOf(_ value: JSONValue, _ type: JSONValue) -> Bool {
        switch (value, type) {
        case (.null, .string("null")), (.boolean, .string("boolean")), (.string, .string("string")), (.array, .string("array")),
            (.object, .string("object")), (.integer, .string("integer")), (.integer, .string("number")), (.real, .string("number")):
            true
        default: false
        }
    }

    private static func equal(_ a: JSONValue, _ b: JSONValue) -> Bool {
        switch (a, b) {
        case (.integer, .real), (.real, .integer): a.number == b.number
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.array(let a), .array(let b)): a.count == b.count && zip(a, b).allSatisfy { equal($0, $1) }
        case (.object(let a), .object(let b)):
            a.members.count == b.members.count && a.members.allSatisfy { member in b[member.name].map { equal(member.value, $0) } ?? false }
        default: a == b
        }
    }

    private static func string(_ text: String, _ fields: JSONObject, _ path: String) -> String? {
        let count = text.unicodeScalars.count
        if let low = fields["minLength"]?.number, Double(count) < low { return "\(path): too short" }
        if let high = fields["maxLength"]?.number, Double(count) > high { return "\(path): too long" }
        if case .string(let pattern)? = fields["pattern"], !Patterns.isFound(pattern, in: text) {
            return "\(path): \(pattern) not in \(text)"
        }
        return nil
    }

    private static func number(_ value: Double, _ fields: JSONObject, _ path: String) -> String? {
        if let low = fields["minimum"]?.number, value < low { return "\(path): \(value) < \(low)" }
        if let high = fields["maximum"]?.number, value > high { return "\(path): \(value) > \(high)" }
        if let low = fields["exclusiveMinimum"]?.number, value <= low { return "\(path): \(value) <= \(low)" }
        if let high = fields["exclusiveMaximum"]?.number, value >= high { return "\(path): \(value) >= \(high)" }
        return nil
    }

    private static func array(_ items: [JSONValue], _ fields: JSONObject, _ path: String) -> String? {
        if let low = fields["minItems"]?.number, Double(items.count) < low { return "\(path): too few items" }
        if let high = fields["maxItems"]?.number, Double(items.count) > high { return "\(path): too many items" }
        let first = fields["prefixItems"]?.list ?? []
        for (index, item) in items.enumerated() {
            let schema = index < first.count ? first[index] : fields["items"] ?? .boolean(true)
            if let problem = problem(item, schema, at: "\(path)[\(index)]") { return problem }
        }
        return nil
    }

    private static func object(_ object: JSONObject, _ fields: JSONObject, _ path: String) -> String? {
        if let low = fields["minProperties"]?.number, Double(object.members.count) < low { return "\(path): too few properties" }
        if let high = fields["maxProperties"]?.number, Double(object.members.count) > high { return "\(path): too many properties" }
        for case .string(let name) in fields["required"]?.list ?? [] where object[name] == nil { return "\(path): \(name) is missing" }
        let properties: JSONObject? = if case .object(let properties)? = fields["properties"] { properties } else { nil }
        for member in object.members {
            // Closed by default, which is stricter than the specification.
            let schema = properties?[member.name] ?? fields["additionalProperties"] ?? .boolean(properties == nil)
            if let problem = problem(member.value, schema, at: "\(path).\(member.name)") { return problem }
        }
        guard let order = fields["propertyOrdering"]?.list else { return nil }
        let places = object.members.compactMap { member in order.firstIndex(of: .string(member.name)) }
        return places == places.sorted() ? nil : "\(path): not in order"
    }
}

/// The standard library's own regular expressions, by scalars.
enum Patterns {
    static func isFound(_ pattern: String, in text: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}

extension JSONValue {
    var list: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }

    var number: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: .nan
        }
    }
}
