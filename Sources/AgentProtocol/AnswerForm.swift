/// How a client wants its answers written: `generationConfig.responseMimeType` and its schema.
public enum AnswerForm: Sendable, Hashable {
    case text
    /// `application/json`, under a JSON Schema or one of OpenAPI; nil: any object.
    case json(schema: JSONValue?)
    /// `text/x.enum`: one of the schema's constants, without quotes.
    case choice(schema: JSONValue)

    static let mimeTypes = ["text/plain", "application/json", "text/x.enum"]

    init(_ fields: Fields) throws(ProtocolError) {
        let schema = try fields.schema("responseSchema", or: "responseJsonSchema")
        if let schema {
            let bytes = JSONText.encode(schema).count
            guard bytes <= FunctionDeclaration.maximumSchemaBytes else {
                throw .outOfRange(
                    path: fields.path(fields.has("responseSchema") ? "responseSchema" : "responseJsonSchema"), value: "\(bytes) bytes long",
                    range: "at most \(FunctionDeclaration.maximumSchemaBytes) bytes")
            }
        }
        let type = try fields.word("responseMimeType")
        switch type ?? "text/plain" {
        case "text/plain":
            guard schema == nil else {
                throw .unsupported(
                    path: fields.path("responseSchema"), remedy: "it needs responseMimeType application/json, or text/x.enum for a choice")
            }
            self = .text
        case "application/json": self = .json(schema: schema)
        case "text/x.enum":
            guard let schema else { throw .missingField(path: fields.path("responseSchema"), expected: "a schema with enum") }
            self = .choice(schema: schema)
        case let other: throw .unknownValue(path: fields.path("responseMimeType"), value: other, known: Self.mimeTypes)
        }
    }

    /// The members of `generationConfig` that say so.
    var members: [String: JSONValue?] {
        switch self {
        case .text: [:]
        case .json(let schema): ["responseMimeType": "application/json", "responseJsonSchema": schema]
        case .choice(let schema): ["responseMimeType": "text/x.enum", "responseJsonSchema": schema]
        }
    }
}
