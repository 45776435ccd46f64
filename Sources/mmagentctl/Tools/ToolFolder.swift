import AgentProtocol
import Files
import Glibc

/// The programs of a folder that a model may run: each describes itself, `PROGRAM --describe`, as a function's declaration.
struct ToolFolder {
    struct Tool {
        let path: String
        let declaration: FunctionDeclaration
    }

    /// How long a program may take to describe itself.
    static let describeLimits = ToolProcess.Limits(seconds: 10)

    let tools: [Tool]

    /// - Throws: of the first program that must not be trusted, or does not describe itself.
    init(_ folder: String) async throws {
        try Self.requireTrusted(folder, isFolder: true)
        guard let names = FileFacts.names(in: folder) else { throw Failure("\(folder): \(String(cString: strerror(errno)))") }
        var tools: [Tool] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = Output.inFolder(folder, name)
            // What is no program is passed over: a README, a list of settings.
            guard FileFacts(path)?.isProgram == true else { continue }
            try Self.requireTrusted(path, isFolder: false)
            let tool = Tool(path: path, declaration: try await Self.describe(path, name))
            if let other = tools.first(where: { $0.declaration.name == tool.declaration.name }) {
                throw Failure("\(path) and \(other.path) are both called \(tool.declaration.name): rename one")
            }
            tools.append(tool)
        }
        guard !tools.isEmpty else { throw Failure("\(folder) has no executable file: put the tools there, chmod +x") }
        self.tools = tools
    }

    var declarations: [FunctionDeclaration] { tools.map(\.declaration) }

    func tool(_ name: String) -> Tool? { tools.first { $0.declaration.name == name } }

    /// What anybody could change is not run: whoever changes it would be run as this user.
    private static func requireTrusted(_ path: String, isFolder: Bool) throws {
        guard let facts = FileFacts(path) else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        guard !facts.isWritableByEverybody else {
            throw Failure("\(path) can be written by everybody, so it is not run: chmod o-w \(path)")
        }
        guard facts.owner == 0 || facts.owner == geteuid() else {
            throw Failure(
                "\(path) belongs to user \(facts.owner), neither to root nor to you, so it is not run: copy it into a folder of yours")
        }
        guard !isFolder || facts.isFolder else { throw Failure("\(path) is no folder: name the folder of the tools") }
    }

    private static func describe(_ path: String, _ name: String) async throws -> FunctionDeclaration {
        let outcome = await ToolProcess().run(path, ["--describe"], input: [], limits: describeLimits)
        guard outcome.end == .exited(0) else { throw Failure("\(path) --describe \(ToolReport.words(outcome.end, describeLimits))") }
        do {
            guard case .object(var members)? = try? JSONText.parse(outcome.output) else {
                throw Failure("\(path) --describe prints no JSON object: {\"description\":\"…\",\"parameters\":{…}} is expected")
            }
            // Named after its file, without an extension.
            if members["name"] == nil { members["name"] = .string(String(name.prefix { $0 != "." })) }
            guard let declaration = try FunctionDeclaration.list(in: .object(members)).first else {
                throw Failure("\(path) --describe declares nothing")
            }
            return declaration
        } catch let error as ProtocolError {
            throw Failure("\(path) --describe: \(error)")
        }
    }
}

/// What a program's end means for the model.
enum ToolReport {
    /// What it printed is what the function returned: a JSON object as it is, anything else as `result`; a failure is an `error`.
    static func response(_ outcome: ToolProcess.Outcome, _ limits: ToolProcess.Limits) -> JSONValue {
        let value = printed(outcome.output)
        guard outcome.end == .exited(0) else {
            var members: [String: JSONValue] = ["error": .string(words(outcome.end, limits))]
            if let value { members["output"] = value }
            return .object(members)
        }
        if case .object? = value { return value ?? [:] }
        return ["result": value ?? "ok"]
    }

    private static func printed(_ output: [UInt8]) -> JSONValue? {
        let text = String(decoding: output, as: UTF8.self)
        let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        if trimmed.isEmpty { return nil }
        return (try? JSONText.parse(Array(trimmed.utf8))) ?? .string(trimmed)
    }

    static func words(_ end: ToolProcess.End, _ limits: ToolProcess.Limits) -> String {
        switch end {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .tooLong: "took more than \(limits.seconds) s"
        case .tooMuch: "printed more than \(limits.outputBytes) bytes"
        case .notStarted(let code): "could not be started: \(String(cString: strerror(code)))"
        }
    }
}
