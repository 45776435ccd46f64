import Checkpoint

/// Reads a JSON Schema, or an OpenAPI one as the Gemini API has them, into a `Schema`.
///
/// The text is read with Checkpoint's `JSONValue`: it keeps the order of properties and refuses equal keys, integers stay
/// integers, and AgentProtocol, whose values know no order, is not imported.
struct SchemaReader {
    let root: JSONValue
    let rootPath: String
    /// References that are being followed, outermost first.
    private var following: [String] = []
    private var schemas = 0
    /// Schemas without `type` whose keywords said what they are for: narrower than their source, which `oneOf` cannot bear.
    private(set) var inferred = 0

    init(_ root: JSONValue, path: String) {
        self.root = root
        rootPath = path
    }

    /// - Parameter depth: objects and arrays around it.
    mutating func read(_ value: JSONValue, _ path: String, depth: Int) throws(ConstraintError) -> Schema {
        schemas += 1
        guard schemas <= Schema.maximumSchemas else {
            throw .tooLarge(
                path: rootPath, what: "schemas, references written out", limit: Schema.maximumSchemas, remedy: "ask for less at once")
        }
        guard depth <= Schema.maximumDepth else { throw .tooDeep(path: path, limit: Schema.maximumDepth) }
        let fields: Fields
        switch value {
        case .boolean(true): return .any(levels: Schema.maximumDepth - depth)
        case .boolean(false): throw .impossible(path: path, reason: "false allows no value; leave it out")
        case .object(let object): fields = Fields(object, path)
        default: throw .wrongType(path: path, found: value.summary, wanted: "a schema, which is an object, true or false")
        }
        try fields.checkKeywords()
        let schema = try inside(fields, depth)
        return try fields.flag("nullable") == true ? Schema.oneOf([schema, .null]) : schema
    }

    private mutating func inside(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema {
        if let schema = try alternatives(fields, depth) { return schema }
        if let schema = try literals(fields, depth) { return schema }
        return try typed(fields, depth)
    }

    // MARK: Combinations

    /// What `$ref`, `anyOf`, `oneOf` or `allOf` say; nil: there is none.
    private mutating func alternatives(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema? {
        let combining = ["$ref", "anyOf", "oneOf", "allOf"].filter { fields[$0] != nil }
        guard let keyword = combining.first else { return nil }
        // A type beside them, as many generators repeat it, holds for every alternative.
        try fields.refuseOthers(beside: keyword, allowing: keyword == "$ref" ? ["nullable"] : ["nullable", "type"])
        switch keyword {
        case "$ref": return try reference(fields, depth)
        case "allOf":
            let list = try fields.list("allOf", orNil: false)
            guard list.count == 1 else {
                throw .refused(path: fields.path, keyword: "allOf", remedy: "write its \(list.count) schemas as one")
            }
            return try read(inheriting(fields, list[0], "allOf[0]"), fields.path + ".allOf[0]", depth: depth)
        default:
            let list = try fields.list(keyword, orNil: false)
            guard !list.isEmpty else { throw .impossible(path: fields.path + "." + keyword, reason: "it is empty; list an alternative") }
            let inferredBefore = inferred
            var schemas: [Schema] = []
            for (index, alternative) in list.enumerated() {
                let path = "\(fields.path).\(keyword)[\(index)]"
                schemas.append(try read(inheriting(fields, alternative, "\(keyword)[\(index)]"), path, depth: depth))
            }
            if keyword == "oneOf" { try checkExclusive(schemas, fields.path, areTyped: inferred == inferredBefore) }
            return Schema.oneOf(schemas)
        }
    }

    /// An alternative with the type that stands beside its list.
    private func inheriting(_ fields: Fields, _ alternative: JSONValue, _ place: String) throws(ConstraintError) -> JSONValue {
        guard let type = fields["type"] else { return alternative }
        if alternative == .boolean(true) { return .object(JSONObject().adding("type", type)) }
        guard case .object(let object) = alternative else { return alternative }
        if let own = object["type"] {
            guard own == type else {
                throw .refused(
                    path: fields.path, keyword: "type",
                    remedy: "it is \(type.summary), and \(own.summary) in \(place); give the type in the alternatives only")
            }
            return alternative
        }
        guard object["$ref"] == nil else {
            throw .refused(path: fields.path, keyword: "type", remedy: "\(place) is a $ref; give the type in what it refers to only")
        }
        return .object(object.adding("type", type))
    }

    /// `oneOf` is `anyOf` where no value can satisfy two alternatives.
    private func checkExclusive(_ schemas: [Schema], _ path: String, areTyped: Bool) throws(ConstraintError) {
        let remedy = "; use anyOf, or give each a type, or a required property with a const of its own"
        guard areTyped else { throw .refused(path: path, keyword: "oneOf", remedy: "an alternative has a schema without type" + remedy) }
        for second in schemas.indices {
            for first in 0..<second where !Exclusion.areExclusive(schemas[first], schemas[second]) {
                throw .refused(path: path, keyword: "oneOf", remedy: "alternatives \(first) and \(second) may both be satisfied" + remedy)
            }
        }
    }

    private mutating func reference(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema {
        guard case .string(let reference)? = fields["$ref"] else { throw fields.wrongType("$ref", "a string") }
        let path = fields.path + ".$ref"
        guard !following.contains(reference) else { throw .recursive(path: path, reference: reference) }
        guard let target = resolve(reference) else { throw .unresolved(path: path, reference: reference) }
        following.append(reference)
        defer { following.removeLast() }
        return try read(
            target, reference == "#" ? rootPath : rootPath + String(reference.dropFirst()).replacing("/", with: "."), depth: depth)
    }

    /// A JSON pointer into this document: `#/$defs/Name`.
    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            switch value {
            case .object(let object):
                guard let member = object[name] else { return nil }
                value = member
            case .array(let elements):
                guard let index = Int(name), elements.indices.contains(index) else { return nil }
                value = elements[index]
            default: return nil
            }
        }
        return value
    }

    // MARK: Types

    private mutating func typed(_ fields: Fields, _ depth: Int) throws(ConstraintError) -> Schema {
        let types = try fields.types()
        var schemas: [Schema] = []
        for type in types ?? [inferredType(fields)] {
            switch type {
            case "any": schemas.append(.any(levels: Schema.maximumDepth - depth))
            case "null": schemas.append(.null)
            case "boolean": schemas.append(.boolean)
            case "integer": schemas.append(.integer(try IntegerKeywords(fields).range()))
            case "number":
                if try fields.multipleIsOne() {
                    schemas.append(.integer(try IntegerKeywords(fields).range()))
                } else {
                    schemas.append(.number(try fields.numberRule()))
                }
            case "string": schemas.append(.string(try fields.stringRule()))
            case "array": schemas.append(try array(fields, depth))
            default: schemas.append(try object(fields, depth))
            }
        }
        return Schema.oneOf(schemas)
    }

    private mutating func inferredType(_ fields: Fields) -> String {
        guard let kind = Keywords.kinds.first(where: { $0.keywords.contains { fields[$0] != nil } }) else { return "any" }
        inferred += 1
        return kind.type
    }
}
