import AgentProtocol
import AgentSocket
import ArgumentParser
import Glibc

/// Where the daemon is; shared by every command.
struct ConnectionOptions: ParsableArguments {
    static let defaultPath = "/run/mmagentd/mmagentd.sock"

    @Option(help: ArgumentHelp("The daemon's socket (default: $MMAGENT_SOCKET, then \(defaultPath)).", valueName: "path"))
    var socket: String?

    func validate() throws {
        if socket == "" { throw ValidationError("--socket is empty: name the daemon's socket, or leave it out") }
    }

    /// The socket that was named, by option or by environment.
    var named: String? {
        if let socket { return socket }
        guard let variable = getenv("MMAGENT_SOCKET") else { return nil }
        let path = String(cString: variable)
        return path.isEmpty ? nil : path
    }

    var path: String { named ?? Self.defaultPath }

    /// Joins the device's own session, subscribed to `topics`.
    /// - Parameters:
    ///   - isProactive: turns that nobody asked for are welcome.
    ///   - instruction: what is to be watched for; only with `isProactive`.
    ///   - position: where the client was before this connection; it follows this one.
    func connect(
        topics: Set<Topic>, isProactive: Bool = false, instruction: String? = nil, position: inout Position
    ) async throws -> AgentClient {
        let client = try await AgentClient.connect(to: path)
        var setup = Setup.native(topics: topics, instruction: instruction)
        setup.isProactive = isProactive
        setup.after = position.last
        position.note(try await client.setUp(setup))
        return client
    }

    /// Joins the device's own session, subscribed to `topics`, from now on.
    /// - Parameters:
    ///   - functions: what the model may call.
    ///   - form: how answers are written.
    func connect(
        topics: Set<Topic>, isProactive: Bool = false, instruction: String? = nil, functions: [FunctionDeclaration] = [],
        form: AnswerForm = .text
    ) async throws -> AgentClient {
        let client = try await AgentClient.connect(to: path)
        var setup = Setup.native(topics: topics, instruction: instruction)
        setup.isProactive = isProactive
        setup.functions = functions
        setup.generation.form = form
        try await client.setUp(setup)
        return client
    }

    /// Joins the device's own session as a program that runs functions: it gets its own turns, and what nobody asked for if it has
    /// an instruction.
    func connect(functions: [FunctionDeclaration], instruction: String? = nil) async throws -> AgentClient {
        let client = try await AgentClient.connect(to: path)
        var setup = Setup.native(instruction: instruction)
        setup.functions = functions
        try await client.setUp(setup)
        return client
    }

    /// Sends one request and waits for its answer.
    func request(_ request: NativeRequest) async throws -> ReceivedMessage {
        let client = try await connect(topics: [])
        try await client.send(ClientMessage(.native(request), id: "c1"))
        let reply = try await client.reply(to: "c1", timeout: .seconds(30))
        await client.close()
        return reply
    }
}
