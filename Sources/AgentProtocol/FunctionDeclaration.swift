/// A function that a client offers to run, as its setup declares it.
public struct FunctionDeclaration: Sendable, Hashable {
    public enum Behavior: String, Sendable, Hashable, CaseIterable {
        case unspecified = "UNSPECIFIED"
        /// The turn waits for the response.
        case blocking = "BLOCKING"
        /// The turn ends with the call; the response begins another.
        case nonBlocking = "NON_BLOCKING"
    }

    /// Functions of one client.
    public static let maximumCount = 64
    /// Of all their schemas together, as compact JSON.
    public static let maximumSchemaBytes = 1 << 16
    /// Of one description.
    public static let maximumDescriptionBytes = 4096

    public var name: String
    public var description: String
    /// A JSON Schema, or one of OpenAPI with types in capitals, untouched; nil: it takes no arguments.
    public var parameters: JSONValue?
    /// What it returns, in the same form; it is told to the model, and nothing is checked against it.
    public var response: JSONValue?
    public var behavior: Behavior

    public init(
        name: String, description: String = "", parameters: JSONValue? = nil, response: JSONValue? = nil,
        behavior: Behavior = .unspecified
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.response = response
        self.behavior = behavior
    }
}

/// A function that the model wants run.
public struct FunctionCall: Sendable, Hashable {
    /// Unique in the daemon's life.
    public var id: String
    public var name: String
    /// An object that satisfies the declaration's schema.
    public var arguments: JSONValue

    public init(id: String, name: String, arguments: JSONValue = [:]) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
