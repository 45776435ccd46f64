/// What may be generated, as rules over bytes and the tokens of the call syntax.
public struct Grammar: Sendable {
    let nodes: [Node]
    let machines: [ByteMachine]
    let root: Int32
    let syntax: Syntax

    /// JSON that satisfies a schema, compact or with one space after ',' and ':'.
    public static func json(_ schema: Schema) throws(ConstraintError) -> Grammar {
        var builder = GrammarBuilder(.json)
        let root = try builder.node(schema, "schema")
        return try builder.grammar(root)
    }

    /// One call of one of the functions, in the call syntax: from its opening token to its closing one.
    public static func call(functions: [(name: String, schema: Schema)]) throws(ConstraintError) -> Grammar {
        var builder = GrammarBuilder(.call)
        let root = try builder.call(functions)
        return try builder.grammar(root)
    }
}

/// A byte, or a token of the call syntax.
typealias Symbol = UInt16

extension Symbol {
    static let quote: Symbol = 256
    static let open: Symbol = 257
    static let close: Symbol = 258

    init(ascii scalar: Unicode.Scalar) { self = Symbol(UInt8(ascii: scalar)) }
}

/// The two ways to write a value.
enum Syntax: Sendable {
    case json, call

    /// Begins and ends a string.
    var quote: Symbol { self == .json ? Symbol(ascii: "\"") : .quote }
    var spelling: Spelling { self == .json ? .json : .plain }
    /// Keys are strings, and a space may follow ',' and ':'.
    var isJSON: Bool { self == .json }
}
