extension FunctionDeclaration {
    init(_ fields: Fields) throws(ProtocolError) {
        guard let name = try fields.word("name") else {
            throw .missingField(path: fields.path("name"), expected: "the function's name")
        }
        let description = try fields.string("description") ?? ""
        guard description.utf8.count <= Self.maximumDescriptionBytes else {
            throw .outOfRange(
                path: fields.path("description"), value: "\(description.utf8.count) bytes long",
                range: "at most \(Self.maximumDescriptionBytes) bytes")
        }
        self.init(
            name: name, description: description, parameters: try fields.schema("parameters", or: "parametersJsonSchema"),
            response: try fields.schema("response", or: "responseJsonSchema"),
            behavior: try fields.choice("behavior", Behavior.self) ?? .unspecified)
    }

    /// As a client sends it.
    public var json: JSONValue {
        compact([
            "name": .string(name), "description": description.isEmpty ? nil : .string(description), "parametersJsonSchema": parameters,
            "responseJsonSchema": response, "behavior": behavior == .unspecified ? nil : .string(behavior.rawValue),
        ])
    }

    /// The declarations in what a file holds: a list of them or of tools, one of either, or a setup's `tools`.
    public static func list(in value: JSONValue) throws(ProtocolError) -> [FunctionDeclaration] {
        let tools: JSONValue
        switch value {
        case .array(let list) where list.contains(where: { $0["functionDeclarations"] == nil && $0["function_declarations"] == nil }):
            tools = [["functionDeclarations": value]]
        case .array: tools = value
        case .object where value["tools"] != nil: tools = value["tools"] ?? []
        case .object where value["functionDeclarations"] != nil || value["function_declarations"] != nil: tools = [value]
        default: tools = [["functionDeclarations": [value]]]
        }
        return try Fields(members: ["tools": tools], path: "").functionDeclarations("tools")
    }
}

extension Fields {
    /// The functions in a list of tools. Hosted tools (`googleSearch`, `codeExecution`, …) are not read, and so told as ignored.
    func functionDeclarations(_ name: String) throws(ProtocolError) -> [FunctionDeclaration] {
        var functions: [Fields] = []
        for tool in try objects(name) ?? [] { functions += try tool.objects("functionDeclarations") ?? [] }
        return try declarations(name, functions)
    }

    /// One client's functions, which stand in field `name`, within the limits of their number and of their schemas.
    func declarations(_ name: String, _ functions: [Fields]) throws(ProtocolError) -> [FunctionDeclaration] {
        guard functions.count <= FunctionDeclaration.maximumCount else {
            throw .outOfRange(
                path: path(name), value: "more than \(FunctionDeclaration.maximumCount) functions",
                range: "at most \(FunctionDeclaration.maximumCount)")
        }
        var declared: [FunctionDeclaration] = []
        var bytes = 0
        for function in functions {
            let declaration = try FunctionDeclaration(function)
            for schema in [declaration.parameters, declaration.response].compactMap({ $0 }) { bytes += JSONText.encode(schema).count }
            guard bytes <= FunctionDeclaration.maximumSchemaBytes else {
                throw .outOfRange(
                    path: path(name), value: "more than \(FunctionDeclaration.maximumSchemaBytes) bytes of schemas",
                    range: "at most \(FunctionDeclaration.maximumSchemaBytes) bytes")
            }
            declared.append(declaration)
        }
        return declared
    }

    /// A schema under one of two names; its keys are never renamed.
    func schema(_ name: String, or other: String) throws(ProtocolError) -> JSONValue? {
        let found = [name, other].filter(has)
        guard found.count < 2 else { throw .severalKinds(found.map(path)) }
        guard let name = found.first, let schema = value(name) else { return nil }
        guard case .object = schema else {
            throw .wrongType(path: path(name), expected: "a schema, which is an object", found: schema.kindName)
        }
        return schema
    }
}
