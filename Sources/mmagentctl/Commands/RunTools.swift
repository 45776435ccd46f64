import AgentProtocol
import AgentSocket
import ArgumentParser
import Figures

struct RunTools: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-tools",
        abstract: "Let the agent run the programs of a folder, for a question or whenever something happens.",
        discussion: """
            Each executable file of the folder is a function. PROGRAM --describe prints its declaration as JSON: "description", and \
            "parameters", a JSON Schema of an object; "name", if it is not the file's, and "behavior" may be there, too. When the agent calls \
            it the program is started as you, never through a shell, with the arguments as one JSON object on its standard input. What \
            it prints is the response: a JSON object as it is, anything else as "result"; another exit status than 0 makes it an "error". \
            Files, and a folder, that everybody may write, or that belong to somebody else, are refused.

            Examples:
              mmagentctl run-tools tools "switch on the lamp"
              mmagentctl run-tools tools --watch "when the mug is taken away ring the bell"
              mmagentctl run-tools tools --describe > tools.json && mmagentctl ask --tools tools.json "switch on the lamp"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var reconnection: Reconnection
    @Argument(help: "The folder of the programs.", completion: .directory) var folder: String
    @Argument(help: "The question.") var question: String?
    @Option(help: ArgumentHelp("Run tools whenever this standing instruction asks for it.", valueName: "instruction")) var watch: String?
    @Flag(help: "Print the declarations of all programs, and end.") var describe = false
    @Flag(help: "Print the daemon's messages instead of calls and text.") var json = false
    @Option(parsing: .unconditional, help: ArgumentHelp("End a program after this many seconds.", valueName: "seconds"))
    var toolTimeout = 30.0
    @Option(parsing: .unconditional, help: ArgumentHelp("Give up after this many seconds, 0 for never.", valueName: "seconds"))
    var timeout = 0.0
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("With --watch: end after this many turns in which something was called.", valueName: "turns"))
    var count = 0

    func validate() throws {
        func isEmpty(_ text: String?) -> Bool { text?.contains { !$0.isWhitespace } == false }
        guard !isEmpty(question), !isEmpty(watch) else { throw ValidationError("the question or instruction is empty: write it in quotes") }
        guard describe || (question == nil) != (watch == nil) else {
            throw ValidationError("give a question, or --watch with an instruction, or --describe")
        }
        guard toolTimeout > 0, toolTimeout <= 86_400 else {
            throw ValidationError("--tool-timeout is \(toolTimeout.figure): expected seconds, 86400 at most")
        }
        guard timeout >= 0, timeout <= 86_400 else {
            throw ValidationError("--timeout is \(timeout.figure): expected 0 to 86400 seconds")
        }
        guard count >= 0 else { throw ValidationError("--count is \(count): expected 0 or more turns") }
    }

    mutating func run() async throws {
        let tools = try await ToolFolder(folder)
        if describe {
            return try Output.bytes(JSONText.encode(.array(tools.declarations.map(\.json))) + [UInt8(ascii: "\n")])
        }
        let runner = ToolRunner(tools, limits: ToolProcess.Limits(seconds: toolTimeout))
        let end = ContinuousClock.now + .seconds(timeout)
        let interrupts = Interrupts {
            runner.cancelAll()
            Exit.leave(.interrupted)
        }
        defer { withExtendedLifetime(interrupts) {} }
        let command = self
        guard watch != nil else { return try await command.ask(tools, runner, until: end) }
        var turns = 0
        // Calls of a connection that is gone have been given up: nothing of them is read again.
        do {
            try await reconnection.run { _, connected in try await command.follow(tools, runner, &turns, until: end, connected) }
        } catch AgentClientError.timedOut where count == 0 && turns > 0 {
            // It was to be followed for so long, and something was called.
        }
    }

    // MARK: A question

    private func ask(_ tools: ToolFolder, _ runner: ToolRunner, until end: ContinuousClock.Instant) async throws {
        let client = try await connection.connect(functions: tools.declarations)
        try await client.send(ClientMessage(.clientContent(ClientContent(turns: [.text(question ?? "")], turnComplete: true)), id: "ask"))
        // Turns that are still to come: the question's, and one for each response that comes after it.
        var turns = 1
        var text = ""
        var hasCalled = false
        while turns > 0 {
            let message = try await next(client, until: end)
            if json { try Output.bytes(message.line + [UInt8(ascii: "\n")]) }
            if let error = message.error {
                runner.cancelAll()
                throw AgentClientError.refused(error)
            }
            start(message, runner, client)
            hasCalled = hasCalled || !message.functionCalls.isEmpty
            turns += message.functionCalls.count { runner.isNonBlocking($0.name) }
            // What was spoken to the agent is answered here, too.
            guard message.native("source") == nil else { continue }
            text += message.text ?? ""
            guard message.isTurnComplete else { continue }
            turns -= 1
            if !json, text.contains(where: { !$0.isWhitespace }) { try Output.line(text) }
            text = ""
            if let reason = message.turnCompleteReason, reason != TurnComplete.Reason.maximumTokens.rawValue {
                throw Failure("the answer ended early: \(reason)")
            }
        }
        if !hasCalled { Output.complain("no program was called") }
        await client.close()
    }

    // MARK: A standing instruction

    private func follow(
        _ tools: ToolFolder, _ runner: ToolRunner, _ turns: inout Int, until end: ContinuousClock.Instant, _ connected: () -> Void
    ) async throws {
        let client = try await connection.connect(functions: tools.declarations, instruction: watch)
        defer { runner.cancelAll() }
        connected()
        var text = ""
        var called: Set<String> = []
        while count == 0 || turns < count {
            let message = try await next(client, until: end)
            if let error = message.error, error.isFatal { throw AgentClientError.refused(error) }
            if message.goAway != nil { throw DaemonLeft(description: "the daemon is shutting down") }
            guard message.isUnsolicited else { continue }
            if json { try Output.bytes(message.line + [UInt8(ascii: "\n")]) }
            if let error = message.error { Output.complain(error.description) }
            start(message, runner, client)
            if !message.functionCalls.isEmpty, let turn = message.turn { called.insert(turn) }
            text += message.text ?? ""
            guard message.isTurnComplete else { continue }
            if !json, text.contains(where: { !$0.isWhitespace }) { try Output.line(text.split(separator: "\n").joined(separator: " ")) }
            text = ""
            if let turn = message.turn, called.remove(turn) != nil { turns += 1 }
        }
        await client.close()
    }

    /// Runs what the message calls, and stops what it cancels.
    private func start(_ message: ReceivedMessage, _ runner: ToolRunner, _ client: AgentClient) {
        runner.cancel(message.cancelledCalls)
        let isQuiet = json
        runner.start(message.functionCalls, client) { call, response in
            guard !isQuiet else { return }
            try? Output.line("\(call.line) -> \(String(decoding: JSONText.encode(response), as: UTF8.self))")
        }
    }

    /// The next message; `--timeout 0` waits for ever.
    private func next(_ client: AgentClient, until end: ContinuousClock.Instant) async throws -> ReceivedMessage {
        if timeout == 0 {
            guard let message = try await client.next() else { throw AgentClientError.closed(waitingFor: "something to do") }
            return message
        }
        do {
            return try await client.next(waitingFor: "end of the turn", timeout: max(.zero, end - .now))
        } catch AgentClientError.timedOut {
            throw AgentClientError.timedOut(waitingFor: watch == nil ? "complete answer" : "call", after: .seconds(timeout))
        }
    }
}

extension FunctionCall {
    /// `ring_bell {"times":2}`
    var line: String { "\(name) \(String(decoding: JSONText.encode(arguments), as: UTF8.self))" }
}
