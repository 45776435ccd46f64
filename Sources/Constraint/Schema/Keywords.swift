import Checkpoint

/// What the keywords of a schema are to this reader.
enum Keywords {
    /// They say nothing about what is valid.
    static let annotations: Set<String> = [
        "title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator", "externalDocs",
        "xml", "contentEncoding", "contentMediaType", "$schema", "$id", "$anchor", "$comment", "$defs", "definitions",
    ]

    static let obeyed: Set<String> = [
        "type", "enum", "const", "nullable", "anyOf", "oneOf", "allOf", "$ref", "properties", "required", "additionalProperties",
        "minProperties", "maxProperties", "propertyOrdering", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "format",
    ]

    /// They change what is valid in a way that no automaton of ours follows: the remedy of each.
    static let refused: [String: String] = [
        "not": "say what is valid, with enum or anyOf",
        "if": conditional, "then": conditional, "else": conditional, "dependentSchemas": conditional, "dependentRequired": conditional,
        "dependencies": conditional,
        "patternProperties": "name the properties, or give additionalProperties a schema",
        "propertyNames": "name the properties; keys of additionalProperties are letters, digits and '_'",
        "contains": "give items a schema that every item follows", "minContains": "use minItems", "maxContains": "use maxItems",
        "additionalItems": "use prefixItems for the first items and items for those after them",
        "unevaluatedProperties": "use additionalProperties", "unevaluatedItems": "use prefixItems and items",
        "$dynamicRef": "use $ref", "$dynamicAnchor": "use $defs and $ref", "$recursiveRef": "write the levels out",
    ]

    /// As the Python SDK and what is built on it write them, `property_ordering`, by camelCase.
    private static let snakeCase: [String: String] = Dictionary(
        uniqueKeysWithValues: (annotations.union(obeyed).union(refused.keys)).filter { $0.contains(where: \.isUppercase) }.map { keyword in
            (keyword.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined(), keyword)
        })

    /// The keywords of one schema in camelCase; where a keyword stands in both, camelCase wins.
    static func inCamelCase(_ schema: JSONObject) -> JSONObject {
        guard schema.members.contains(where: { snakeCase[$0.name] != nil }) else { return schema }
        var renamed = JSONObject()
        for member in schema.members {
            guard let keyword = snakeCase[member.name] else {
                renamed.append(member.name, member.value)
                continue
            }
            if schema[keyword] == nil { renamed.append(keyword, member.value) }
        }
        return renamed
    }

    private static let conditional = "write the cases as alternatives of anyOf"

    /// Of an object, an array, a string, a number: what a schema without `type` is taken for.
    static let kinds: [(type: String, keywords: [String])] = [
        ("object", ["properties", "required", "additionalProperties", "minProperties", "maxProperties", "propertyOrdering"]),
        ("array", ["items", "prefixItems", "minItems", "maxItems", "uniqueItems"]),
        ("string", ["minLength", "maxLength", "pattern", "format"]),
        ("number", ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ]
}
