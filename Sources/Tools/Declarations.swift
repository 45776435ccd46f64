package import AgentProtocol
package import Constraint

/// The functions of one client, understood: what the model is told of them, and what it may call.
package struct Declarations: Sendable {
    package let functions: [FunctionDeclaration]
    /// What the system turn ends with.
    package let text: MarkedText
    /// One call of any of them.
    package let grammar: Grammar
    private let nonBlocking: Set<String>
    /// Of all declarations together, so that they are not tokenised in vain for long: their descriptions, and twice their schemas.
    private static let maximumTextBytes =
        FunctionDeclaration.maximumCount * FunctionDeclaration.maximumDescriptionBytes + 2 * DeclarationText.maximumBytes

    /// - Throws: a sentence that names the function, of a name or a schema that no call can obey.
    package init(_ functions: [FunctionDeclaration]) throws(ConstraintError) {
        self.functions = functions
        var text = MarkedText()
        var schemas: [(name: String, schema: Schema)] = []
        for function in functions {
            // The schema first: it has bounds of its own.
            schemas.append((function.name, try Self.schema(of: function)))
            text.append(try DeclarationText(function).text)
            guard text.byteCount <= Self.maximumTextBytes else {
                throw .tooLarge(
                    path: "tools", what: "bytes, references written out", limit: Self.maximumTextBytes, remedy: "declare fewer functions")
            }
        }
        self.text = text
        grammar = try .call(functions: schemas)
        nonBlocking = Set(functions.filter { $0.behavior == .nonBlocking }.map(\.name))
    }

    /// Whether the turn waits for the function's response.
    package func isBlocking(_ name: String) -> Bool { !nonBlocking.contains(name) }

    private static func schema(of function: FunctionDeclaration) throws(ConstraintError) -> Schema {
        guard case .object(var parameters)? = function.parameters, !parameters.isEmpty else { return .noArguments }
        // `{"type":"OBJECT"}` alone: what SDKs send for a function without arguments.
        if parameters["properties"] == nil, parameters["additionalProperties"] == nil, parameters["$ref"] == nil,
            (parameters["type"] ?? "object").string?.lowercased() == "object"
        {
            parameters["properties"] = [:]
        }
        return try Schema(parsing: JSONText.encode(.object(parameters)), path: "function \(function.name).parameters")
    }
}
