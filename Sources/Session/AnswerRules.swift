import AgentProtocol
import Checkpoint
import Constraint
import Tools

/// How one client's answers are made: the functions that it declared, and the form that it wants.
struct AnswerRules: Sendable {
    /// nil: it declared none.
    var declarations: Declarations?
    var calls: SharedConstraint?
    var form: SharedConstraint?
    /// The form is one constant, written without its quotes.
    var isChoice = false

    init() {}

    /// - Parameter isFormed: what is said unasked is text, or it could never be silent.
    func rule(_ format: StreamFormat, isFormed: Bool) -> AnswerRule? {
        format.callMarks.map { AnswerRule(calls: calls, form: isFormed ? form : nil, marks: $0) }
    }
}

/// Makes grammars of clients' schemas: one at a time, and off the engine's thread, since a large schema takes a while.
actor GrammarWorkshop {
    private let tokenizer: Tokenizer
    private let format: StreamFormat
    private let modelName: String
    /// Made when it is first asked for: at 262 144 tokens it takes a third of a second and 16 MiB.
    private var vocabulary: VocabularyTrie?

    init(model: AgentModel) {
        tokenizer = model.tokenizer
        format = model.format
        modelName = model.name
    }

    /// - Throws: a refusal that names the function, or the place in the schema.
    func rules(functions: [FunctionDeclaration], form: AnswerForm) throws(StatusError) -> AnswerRules {
        var rules = AnswerRules()
        guard !functions.isEmpty || form != .text else { return rules }
        guard format.callMarks != nil else {
            throw StatusError(
                .failedPrecondition,
                "the model \(modelName) knows of no functions, and of no answers under a schema: leave tools and responseMimeType out, or "
                    + "choose a model whose tokenizer has <|tool_call>", reason: "NO_TOOLS")
        }
        do throws(ConstraintError) {
            if !functions.isEmpty {
                let declarations = try Declarations(functions)
                rules.declarations = declarations
                rules.calls = try shared(declarations.grammar, ends: [])
            }
            rules.form = try constraint(form)
            if case .choice = form { rules.isChoice = true }
        } catch {
            throw StatusError(.invalidArgument, error.description, reason: "UNSUPPORTED_SCHEMA")
        }
        return rules
    }

    private func constraint(_ form: AnswerForm) throws(ConstraintError) -> SharedConstraint? {
        switch form {
        case .text: return nil
        case .json(let schema):
            return try shared(.json(try Self.schema(schema ?? ["type": "object"])), ends: format.endsOfAnswer)
        case .choice(let schema):
            guard let values = schema["enum"]?.array, !values.isEmpty, values.allSatisfy({ $0.string != nil }) else {
                throw .wrongType(
                    path: "generationConfig.responseSchema.enum", found: schema["enum"] == nil ? "missing" : "not all strings",
                    wanted: "a list of strings for text/x.enum")
            }
            return try shared(.json(try Self.schema(["type": "string", "enum": .array(values)])), ends: format.endsOfAnswer)
        }
    }

    private static func schema(_ schema: AgentProtocol.JSONValue) throws(ConstraintError) -> Schema {
        try Schema(parsing: JSONText.encode(schema), path: "generationConfig.responseSchema")
    }

    private func shared(_ grammar: Grammar, ends: [Int32]) throws(ConstraintError) -> SharedConstraint {
        let vocabulary = vocabulary ?? VocabularyTrie(tokenizer)
        self.vocabulary = vocabulary
        return SharedConstraint(try TokenConstraint(grammar, vocabulary, ends: ends))
    }
}
