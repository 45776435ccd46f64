import AgentProtocol
import Constraint

/// Declarations as the system turn of Gemma 4's published template has them:
///
///     <|tool>declaration:NAME{description:"…",parameters:{properties:{KEY:{description:"…",type:"STRING"},…},required:["KEY"],type:"OBJECT"}}<tool|>
///
/// with quotes that are tokens; keys sorted, types in capitals and last, enums of strings only.
struct DeclarationText {
    /// Deeper levels of a schema are left out; the grammar obeys them all the same.
    private static let maximumDepth = 16
    /// References written out multiply: 8 kB of schema can stand for more text than there is memory. As much as a message's schemas.
    static let maximumBytes = FunctionDeclaration.maximumSchemaBytes
    private let root: JSONValue
    private let path: String
    private(set) var text = MarkedText()

    /// - Throws: where it would be longer than `maximumBytes`.
    init(_ function: FunctionDeclaration) throws(ConstraintError) {
        root = function.parameters ?? [:]
        path = "function \(function.name).parameters"
        text.mark("<|tool>")
        text.append("declaration:" + function.name + "{description:")
        text.quote(function.description)
        text.append(",parameters:{")
        try object(root, depth: 0)
        text.append("}")
        if let response = function.response {
            text.append(",response:{")
            var isFirst = true
            if let description = response["description"]?.string, !description.isEmpty { string("description", description, &isFirst) }
            if let type = Self.type(of: response) { string("type", type, &isFirst) }
            text.append("}")
        }
        text.append("}")
        text.mark("<tool|>")
    }

    /// `properties`, `required` and the type of an object, without its brackets.
    private mutating func object(_ schema: JSONValue, depth: Int) throws(ConstraintError) {
        var isFirst = true
        try members(schema, depth: depth, &isFirst)
        string("type", "OBJECT", &isFirst)
    }

    private mutating func members(_ schema: JSONValue, depth: Int, _ isFirst: inout Bool) throws(ConstraintError) {
        let properties = schema["properties"]?.object ?? [:]
        if !properties.isEmpty, depth < Self.maximumDepth {
            key("properties", &isFirst)
            text.append("{")
            for (index, name) in CallText.sorted(properties.keys).enumerated() {
                text.append((index > 0 ? "," : "") + name + ":{")
                try property(resolved(properties[name] ?? [:]), depth: depth + 1)
                text.append("}")
            }
            text.append("}")
        }
        let required = (schema["required"]?.array ?? []).compactMap(\.string)
        if !required.isEmpty {
            key("required", &isFirst)
            list(required)
        }
    }

    private mutating func property(_ schema: JSONValue, depth: Int) throws(ConstraintError) {
        guard text.byteCount <= Self.maximumBytes else {
            throw .tooLarge(
                path: path, what: "bytes, references written out", limit: Self.maximumBytes,
                remedy: "declare less, or describe what is referred to in fewer words")
        }
        var isFirst = true
        if let description = schema["description"]?.string, !description.isEmpty { string("description", description, &isFirst) }
        if schema["nullable"]?.bool == true || Self.types(of: schema).contains("NULL") {
            key("nullable", &isFirst)
            text.append("true")
        }
        let type = Self.type(of: schema)
        switch type {
        case "STRING"?:
            let values = (schema["enum"]?.array ?? schema["const"].map { [$0] } ?? []).compactMap(\.string)
            if !values.isEmpty {
                key("enum", &isFirst)
                list(values)
            }
        case "OBJECT"?:
            try members(schema, depth: depth, &isFirst)
        case "ARRAY"?:
            guard let items = schema["items"], case .object = items, depth < Self.maximumDepth else { break }
            key("items", &isFirst)
            text.append("{")
            try property(resolved(items), depth: depth + 1)
            text.append("}")
        default: break
        }
        if let type { string("type", type, &isFirst) }
    }

    private mutating func key(_ name: String, _ isFirst: inout Bool) {
        text.append((isFirst ? "" : ",") + name + ":")
        isFirst = false
    }

    private mutating func string(_ name: String, _ value: String, _ isFirst: inout Bool) {
        key(name, &isFirst)
        text.quote(value)
    }

    private mutating func list(_ values: [String]) {
        text.append("[")
        for (index, value) in values.enumerated() {
            if index > 0 { text.append(",") }
            text.quote(value)
        }
        text.append("]")
    }

    /// What a reference into the schema leads to, as generators of schemas write nested types.
    private func resolved(_ schema: JSONValue) -> JSONValue {
        var schema = schema
        for _ in 0..<Self.maximumDepth {
            guard let reference = schema["$ref"]?.string, reference.hasPrefix("#/") else { break }
            var target: JSONValue? = root
            for step in reference.dropFirst(2).split(separator: "/") { target = target?[String(step)] }
            guard let target else { break }
            schema = target
        }
        return schema
    }

    /// In capitals.
    private static func types(of schema: JSONValue) -> [String] {
        if let type = schema["type"]?.string { return [type.uppercased()] }
        if let types = schema["type"]?.array { return types.compactMap { $0.string?.uppercased() } }
        // Keywords that only one type has.
        if schema["properties"] != nil { return ["OBJECT"] }
        return schema["enum"]?.array?.allSatisfy { $0.string != nil } == true || schema["const"]?.string != nil ? ["STRING"] : []
    }

    private static func type(of schema: JSONValue) -> String? { types(of: schema).first { $0 != "NULL" } }
}
