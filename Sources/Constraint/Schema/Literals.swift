import Checkpoint

extension SchemaReader {
    /// What `enum` or `const` says; nil: there is neither.
    mutating func literals(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema? {
        let values: [JSONValue]
        let keyword: String
        if let value = fields["const"] {
            (keyword, values) = ("const", [value])
        } else if fields["enum"] != nil {
            (keyword, values) = ("enum", try fields.list("enum", orNil: false))
        } else {
            return nil
        }
        try fields.refuseOthers(beside: keyword, allowing: ["type", "nullable", "format"])
        let types = try fields.types()
        var schemas: [Schema] = []
        for (index, value) in values.enumerated() where types.map({ value.isOf($0) }) ?? true {
            schemas.append(try literal(value, keyword == "const" ? "\(fields.path).const" : "\(fields.path).enum[\(index)]", depth))
        }
        guard !schemas.isEmpty else {
            throw .impossible(path: "\(fields.path).\(keyword)", reason: "none of its \(values.count) values is of the schema's type")
        }
        return Schema.oneOf(schemas)
    }

    /// The schema of one value; the members of an object may come in any order.
    private mutating func literal(_ value: JSONValue, _ path: String, _ depth: Int) throws(ConstraintError) -> Schema {
        guard depth <= Schema.maximumDepth else { throw .tooDeep(path: path, limit: Schema.maximumDepth) }
        switch value {
        case .null: return .null
        case .boolean(let flag): return .constant(.boolean(flag))
        case .string(let text): return .constant(.string(Array(text.utf8)))
        case .integer(let integer): return .constant(.number(Array("\(integer)".utf8)))
        case .real(let real): return .constant(.number(Array("\(real)".utf8)))
        case .array(let elements):
            var rule = Schema.ArrayRule(minimum: elements.count, maximum: elements.count)
            for (index, element) in elements.enumerated() { rule.first.append(try literal(element, "\(path)[\(index)]", depth + 1)) }
            return .array(rule)
        case .object(let object):
            var rule = Schema.ObjectRule(maximum: object.members.count)
            guard object.members.count <= Schema.maximumProperties else {
                throw .tooLarge(path: path, what: "properties", limit: Schema.maximumProperties, remedy: "shorten the value")
            }
            for member in object.members {
                let schema = try literal(member.value, "\(path).\(member.name)", depth + 1)
                rule.properties.append(.init(name: Array(member.name.utf8), schema: schema, isRequired: true))
            }
            return .object(rule)
        }
    }
}

extension JSONValue {
    fileprivate func isOf(_ types: [String]) -> Bool {
        switch self {
        case .null: types.contains("null")
        case .boolean: types.contains("boolean")
        case .string: types.contains("string")
        case .array: types.contains("array")
        case .object: types.contains("object")
        case .integer: types.contains("integer") || types.contains("number")
        case .real(let real): types.contains("number") || types.contains("integer") && real.rounded() == real
        }
    }
}
