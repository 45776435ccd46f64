package import Checkpoint

extension Schema {
    /// Reads a JSON Schema, or an OpenAPI one with upper-case types, from its JSON text.
    /// - Parameter path: what errors call it, as `generationConfig.responseSchema`.
    public init(parsing json: some Sequence<UInt8>, path: String = "schema") throws(ConstraintError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: Array(json)) } catch { throw .notJSON(path: path, error) }
        try self.init(value, path: path)
    }

    package init(_ value: JSONValue, path: String = "schema") throws(ConstraintError) {
        var reader = SchemaReader(value, path: path)
        self = try reader.read(value, path, depth: 0)
    }

    /// What a function without `parameters` takes.
    public static let noArguments = Schema.object(ObjectRule(maximum: 0))
}
