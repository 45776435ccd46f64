/// Makes the rules of a schema. Equal schemas and equal automata are made once.
struct GrammarBuilder {
    /// Of all automata of a grammar: 4 MiB of tables at 64 classes of bytes.
    static let maximumMachineStates = 32_768
    static let maximumFunctions = 128
    /// Different patterns, each of which may take a tenth of a second to become an automaton.
    static let maximumPatterns = 64

    let syntax: Syntax
    private var nodes: [Node] = []
    private var machines: [ByteMachine] = []
    private var machineStates = 0
    private var patterns: Set<[String]> = []
    private var known: [Schema: Int32] = [:]
    private var knownMachines: [MachineKey: Int] = [:]

    private enum MachineKey: Hashable {
        case anyText, key, words([[UInt8]]), integer(ClosedRange<Int64>), number(Schema.NumberRule), patterns([String], Int)
    }

    init(_ syntax: Syntax) { self.syntax = syntax }

    func grammar(_ root: Int32) throws(ConstraintError) -> Grammar {
        try checkAlternatives()
        return Grammar(nodes: nodes, machines: machines, root: root, syntax: syntax)
    }

    private mutating func add(_ node: Node) -> Int32 {
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    // MARK: Rules

    mutating func node(_ schema: Schema, _ path: String) throws(ConstraintError) -> Int32 {
        if let node = known[schema] { return node }
        let node: Int32
        switch schema {
        case .any(let levels): node = try any(levels, path)
        case .null: node = try bare(words: ["null"], path)
        case .boolean: node = try bare(words: ["true", "false"], path)
        case .constant(let constant): node = try constants([constant], path)[0]
        case .integer(let range): node = add(.bare(machine: try machine(.integer(range), path) { try NumberMachine.make(range) }))
        case .number(let rule): node = add(.bare(machine: try machine(.number(rule), path) { try NumberMachine.make(rule) }))
        case .string(let rule): node = try text(rule)
        case .array(let rule): node = try array(rule, path)
        case .object(let rule): node = try object(rule, path)
        case .anyOf(let schemas): node = try choice(schemas, path)
        }
        known[schema] = node
        return node
    }

    private mutating func any(_ levels: Int, _ path: String) throws(ConstraintError) -> Int32 {
        var schemas: [Schema] = [.string(.init()), .number(.init()), .boolean, .null]
        if levels > 0 {
            schemas.append(.array(.init(rest: .any(levels: levels - 1))))
            schemas.append(.object(.init(maximum: Schema.maximumFreeProperties, free: .any(levels: levels - 1))))
        }
        return try choice(schemas, path)
    }

    /// Scalars are gathered: an `enum` is one automaton, however long.
    private mutating func choice(_ schemas: [Schema], _ path: String) throws(ConstraintError) -> Int32 {
        var alternatives: [Int32] = []
        var scalars: [Schema.Constant] = []
        for schema in schemas {
            if case .constant(let constant) = schema { scalars.append(constant) } else { alternatives.append(try node(schema, path)) }
        }
        alternatives += try constants(scalars, path)
        return alternatives.count == 1 ? alternatives[0] : add(.choice(alternatives))
    }

    private mutating func constants(_ constants: [Schema.Constant], _ path: String) throws(ConstraintError) -> [Int32] {
        var texts: [[UInt8]] = []
        var words: [[UInt8]] = []
        for constant in constants {
            switch constant {
            case .string(let text):
                if syntax == .call, !TextMachines.holdsNoQuote(text) {
                    throw .badName(
                        path: path, name: String(decoding: text, as: UTF8.self),
                        problem: "it holds \(CallSyntax.quote), which ends a string")
                }
                texts.append(syntax.spelling.bytes(text))
            case .number(let text): words.append(text)
            case .boolean(let flag): words.append(Array("\(flag)".utf8))
            }
        }
        var nodes: [Int32] = []
        if !texts.isEmpty {
            let machine = try machine(.words(texts), path) { try TextMachines.words(texts) }
            nodes.append(add(.text(TextRule(machine: machine))))
        }
        if !words.isEmpty {
            let machine = try machine(.words(words), path) { try TextMachines.words(words) }
            nodes.append(add(.bare(machine: machine)))
        }
        return nodes
    }

    private mutating func bare(words: [String], _ path: String) throws(ConstraintError) -> Int32 {
        let words = words.map { Array($0.utf8) }
        return add(.bare(machine: try machine(.words(words), path) { try TextMachines.words(words) }))
    }

    private mutating func text(_ rule: Schema.StringRule) throws(ConstraintError) -> Int32 {
        guard !rule.patterns.isEmpty else {
            return add(.text(TextRule(machine: try anyText(rule.path), minimum: rule.minimum, maximum: rule.maximum, isFree: true)))
        }
        patterns.insert(rule.patterns)
        guard patterns.count <= Self.maximumPatterns else {
            throw .tooLarge(
                path: rule.path + ".pattern", what: "different patterns before it", limit: Self.maximumPatterns, remedy: "use fewer")
        }
        let machine = try machine(.patterns(rule.patterns, rule.minimum), rule.path) { [syntax] in
            var drafts: [DraftMachine] = []
            for pattern in rule.patterns { drafts.append(try PatternMachine.make(pattern, syntax.spelling, path: rule.path)) }
            if syntax == .call { drafts.append(TextMachines.without(Array(CallSyntax.quote.utf8))) }
            let draft = try drafts.dropFirst().reduce(drafts[0]) { try $0.intersection($1) }
            return try draft.atLeast(rule.minimum)
        }
        guard machines[machine].states[0].distance <= rule.maximum else {
            throw .impossible(path: rule.path, reason: "its pattern or format needs more characters than its maxLength, \(rule.maximum)")
        }
        return add(.text(TextRule(machine: machine, maximum: rule.maximum)))
    }

    // MARK: Automata

    private mutating func anyText(_ path: String) throws(ConstraintError) -> Int {
        if let machine = knownMachines[.anyText] { return machine }
        return try add(syntax == .json ? TextMachines.anyJSON : TextMachines.anyPlain, .anyText, path)
    }

    private mutating func machine(_ key: MachineKey, _ path: String, _ make: () throws -> DraftMachine?) throws(ConstraintError) -> Int {
        if let machine = knownMachines[key] { return machine }
        let draft: DraftMachine?
        do {
            draft = try make()
        } catch let error as ConstraintError {
            throw error
        } catch {
            throw .tooLarge(
                path: path, what: "states in one automaton", limit: ByteMachine.maximumStates,
                remedy: "shorten its pattern, its minLength or its enum")
        }
        guard let machine = draft.flatMap({ ByteMachine($0) }) else { throw .impossible(path: path, reason: Self.emptiness(of: key)) }
        return try add(machine, key, path)
    }

    private mutating func add(_ machine: ByteMachine, _ key: MachineKey, _ path: String) throws(ConstraintError) -> Int {
        machineStates += machine.states.count
        guard machineStates <= Self.maximumMachineStates else {
            throw .tooLarge(
                path: path, what: "states in the automata up to here", limit: Self.maximumMachineStates, remedy: "ask for less at once")
        }
        machines.append(machine)
        knownMachines[key] = machines.count - 1
        return machines.count - 1
    }

    private static func emptiness(of key: MachineKey) -> String {
        switch key {
        case .number: "no number of \(NumberMachine.digits) digits lies between minimum and maximum"
        case .patterns: "no string has its pattern, format and minLength"
        default: "it has no values"
        }
    }

    /// How many alternatives may be open at once decides what a step costs. A value's first byte tells strings, bare values, objects
    /// and arrays apart.
    private func checkAlternatives() throws(ConstraintError) {
        var widths: [SIMD4<Int>] = []
        for node in nodes {
            func width(_ rule: Int32) -> Int { rule < 0 ? 1 : widths[Int(rule)].max() }
            switch node {
            case .text, .key: widths.append([1, 0, 0, 0])
            case .bare: widths.append([0, 1, 0, 0])
            case .array(let rule): widths.append([0, 0, (rule.first + [rule.rest]).map(width).max() ?? 1, 0])
            case .object(let rule): widths.append([0, 0, 0, (rule.values + [rule.free]).map(width).max() ?? 1])
            case .choice(let alternatives): widths.append(alternatives.reduce(.zero) { $0 &+ widths[Int($1)] })
            case .call(let rule): widths.append([0, 0, 0, rule.arguments.map(width).max() ?? 1])
            }
            guard widths[widths.count - 1].max() <= Schema.maximumAlternatives else {
                throw .tooLarge(
                    path: "schema", what: "alternatives of anyOf that begin alike, those of their parts included,",
                    limit: Schema.maximumAlternatives, remedy: "join those that are alike")
            }
        }
    }

    // MARK: Containers

    private mutating func array(_ rule: Schema.ArrayRule, _ path: String) throws(ConstraintError) -> Int32 {
        var first: [Int32] = []
        for (index, schema) in rule.first.prefix(rule.maximum).enumerated() {
            first.append(try node(schema, "\(path).prefixItems[\(index)]"))
        }
        let rest = try rule.rest.map { schema throws(ConstraintError) in try node(schema, path + ".items") } ?? -1
        return add(.array(ArrayNode(minimum: rule.minimum, maximum: rule.maximum, first: first, rest: rest)))
    }

    private mutating func object(_ rule: Schema.ObjectRule, _ path: String) throws(ConstraintError) -> Int32 {
        var names: [[UInt8]] = []
        var values: [Int32] = []
        var required: UInt64 = 0
        for (index, property) in rule.properties.enumerated() {
            let name = String(decoding: property.name, as: UTF8.self)
            if syntax == .call { try Self.checkBareKey(property.name, path + ".properties") }
            names.append(syntax.spelling.bytes(property.name))
            values.append(try node(property.schema, "\(path).properties.\(name)"))
            if property.isRequired { required |= 1 << UInt64(index) }
        }
        guard let trie = NameTrie(names) else {
            throw .tooLarge(
                path: path + ".properties", what: "bytes in its names", limit: NameTrie.maximumNodes, remedy: "shorten the names")
        }
        var free: Int32 = -1
        var freeKey: Int32 = -1
        if let schema = rule.free {
            free = try node(schema, path + ".additionalProperties")
            freeKey = add(.key(TextRule(machine: try machine(.key, path) { try TextMachines.key() }, maximum: Schema.maximumFreeKeyBytes)))
        }
        let all: UInt64 = names.isEmpty ? 0 : UInt64.max >> UInt64(64 - names.count)
        return add(
            .object(
                ObjectNode(
                    names: trie, values: values, all: all, required: required, isOrdered: rule.isOrdered, minimum: rule.minimum,
                    maximum: rule.maximum, free: free, freeKey: freeKey)))
    }

    /// Keys are bare in the call syntax: they must not hold what ends them, or looks like the rest of it.
    private static func checkBareKey(_ name: [UInt8], _ path: String) throws(ConstraintError) {
        if let byte = name.first(where: { $0 <= 0x20 || $0 == 0x7F || "{}[]:,<>|\"".utf8.contains($0) }) {
            throw .badName(
                path: path, name: String(decoding: name, as: UTF8.self),
                problem:
                    "it holds '\(Unicode.Scalar(byte))', and keys of a call are written without quotes; use letters, digits, '_', '-' or '.'"
            )
        }
        if name.isEmpty {
            throw .badName(path: path, name: "", problem: "it is empty, and keys of a call are written without quotes; name it")
        }
    }

    // MARK: Calls

    mutating func call(_ functions: [(name: String, schema: Schema)]) throws(ConstraintError) -> Int32 {
        guard !functions.isEmpty else { throw .impossible(path: "functions", reason: "there are none; declare a function") }
        guard functions.count <= Self.maximumFunctions else {
            throw .tooLarge(path: "functions", what: "functions", limit: Self.maximumFunctions, remedy: "declare fewer")
        }
        var names: [[UInt8]] = []
        var arguments: [Int32] = []
        for (index, function) in functions.enumerated() {
            let path = "functions[\(index)]"
            let name = Array(function.name.utf8)
            guard name.first.map({ Self.isLetter($0) }) == true,
                name.allSatisfy({ Self.isLetter($0) || (0x2D...0x3A).contains($0) && $0 != 0x2F })
            else {
                throw .badName(
                    path: path, name: function.name, problem: "a function's name is a letter or '_', then those, digits, '.', ':' and '-'")
            }
            guard !names.contains(Array("call:".utf8) + name) else {
                throw .badName(path: path, name: function.name, problem: "another function has it; rename one")
            }
            guard case .object = function.schema else {
                throw .wrongType(path: path + ".parameters", found: "no schema of an object", wanted: "type object")
            }
            names.append(Array("call:".utf8) + name)
            arguments.append(try node(function.schema, path + ".parameters"))
        }
        guard let trie = NameTrie(names) else {
            throw .tooLarge(path: "functions", what: "bytes in their names", limit: NameTrie.maximumNodes, remedy: "shorten the names")
        }
        return add(.call(CallRule(names: trie, arguments: arguments)))
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
}
