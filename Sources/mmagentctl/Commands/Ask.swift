import AgentProtocol
import AgentSocket
import ArgumentParser
import Figures
import Files
import Synchronization

struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask about what the agent sees and hears; the answer is printed as it comes.",
        discussion: """
            Examples:
              mmagentctl ask "what is on the desk?"
              mmagentctl ask --timeout 10 "is there a cup?" && echo answered
              mmagentctl ask --json "what do you see?" | jq .
              mmagentctl ask --schema things.json "what is on the desk?" | jq .objects
              mmagentctl ask --tools tools.json "switch on the lamp"

            --schema makes the answer JSON that satisfies the schema of a file. --tools lets the agent call functions that a file declares (as \
            mmagentctl run-tools DIR --describe prints them, or a list of functionDeclarations): the calls are printed, a name and its \
            arguments a line, and nothing is run.

            Ctrl-C stops the answer in the daemon too. --json prints the daemon's messages about this question, one a line, \
            with the evidence of the answer (which frames and seconds it rests on) in the last.
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The question.") var question: String
    @Flag(help: "Print the daemon's messages instead of the text.") var json = false
    @Option(help: ArgumentHelp("Answer with JSON that satisfies this file's JSON Schema.", valueName: "file"), completion: .file())
    var schema: String?
    @Option(help: ArgumentHelp("Print the calls of functions that this file declares.", valueName: "file"), completion: .file())
    var tools: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Give up after this many seconds, 0 for never.", valueName: "seconds"))
    var timeout = 300.0

    func validate() throws {
        guard question.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("the question is empty: write it in quotes, as mmagentctl ask \"what is on the desk?\"")
        }
        guard timeout >= 0, timeout <= 86_400 else {
            throw ValidationError("--timeout is \(timeout.figure): expected 0 to 86400 seconds")
        }
    }

    mutating func run() async throws {
        let form = try schema.map { AnswerForm.json(schema: try JSONFile.read($0)) } ?? .text
        let functions = try tools.map { try JSONFile.declarations($0) } ?? []
        let client = try await connection.connect(topics: [.turn], functions: functions, form: form)
        let conversation = Conversation()
        let interrupts = Interrupts {
            conversation.isInterrupted = true
            Task {
                // Without a turn the daemon stops this client's newest one.
                try? await client.send(ClientMessage(.native(.cancel(turn: conversation.turn)), id: "cancel"))
                await client.close()
                Exit.leave(.interrupted)
            }
        }
        // The signal source lives as long as the question.
        defer { withExtendedLifetime(interrupts) {} }
        do {
            try await client.send(ClientMessage(.clientContent(ClientContent(turns: [.text(question)], turnComplete: true)), id: "ask"))
            try await follow(client, conversation)
        } catch {
            // The interrupt closes the connection: that is no failure of its own.
            throw conversation.isInterrupted ? AgentClientError.cancelled : error
        }
        await client.close()
    }

    /// Prints what belongs to the question until its turn is complete.
    private func follow(_ client: AgentClient, _ conversation: Conversation) async throws {
        let end = ContinuousClock.now + .seconds(timeout)
        var answer = Answer()
        while true {
            let message: ReceivedMessage
            do {
                message = try await next(client, until: end)
            } catch {
                if !json { try answer.endLine() }
                if case AgentClientError.timedOut? = error as? AgentClientError {
                    try? await client.send(ClientMessage(.native(.cancel(turn: conversation.turn)), id: "cancel"))
                    throw AgentClientError.timedOut(waitingFor: "complete answer", after: .seconds(timeout))
                }
                throw error
            }
            let isMine = message.re == "ask" || (message.turn != nil && message.turn == conversation.turn)
            if message.re == "ask", let turn = message.turn { conversation.turn = turn }
            let error = message.error
            if json, isMine || error != nil { try Output.bytes(message.line + [UInt8(ascii: "\n")]) }
            if let error, isMine || error.isFatal {
                if !json { try answer.endLine() }
                throw AgentClientError.refused(error)
            }
            guard isMine else { continue }
            if let text = message.text, !json { try answer.print(text) }
            if !message.functionCalls.isEmpty {
                if !json {
                    try answer.endLine()
                    for call in message.functionCalls { try Output.line(call.line) }
                }
                // Nobody here runs them.
                try? await client.send(ClientMessage(.native(.cancel(turn: conversation.turn)), id: "cancel"))
                return
            }
            if message.isTurnComplete {
                if !json { try answer.endLine(always: true) }
                try check(message.turnCompleteReason)
                return
            }
        }
    }

    /// The next message; `--timeout 0` waits for ever.
    private func next(_ client: AgentClient, until end: ContinuousClock.Instant) async throws -> ReceivedMessage {
        if timeout == 0 {
            guard let message = try await client.next() else { throw AgentClientError.closed(waitingFor: "the answer") }
            return message
        }
        return try await client.next(waitingFor: "complete answer", timeout: max(.zero, end - .now))
    }

    /// A turn that did not come to its own end is a failure, except that the length limit cuts an answer that is there.
    private func check(_ reason: String?) throws {
        switch reason {
        case nil: return
        case TurnComplete.Reason.maximumTokens.rawValue? where schema != nil:
            throw Failure(
                "the answer was cut at the daemon's length limit, and so is no JSON: the shortest value of the schema is longer; require "
                    + "less, or have [stream] max_answer_tokens raised")
        case TurnComplete.Reason.maximumTokens.rawValue?: Output.complain("the answer was cut at the daemon's length limit")
        case let reason?: throw Failure("the answer ended early: \(reason)")
        }
    }
}

/// What a command line's file says.
enum JSONFile {
    /// What a setup may bring, its quotes and escapes included.
    private static let maximumBytes = 1 << 20

    static func read(_ path: String) throws -> JSONValue {
        do {
            return try JSONText.parse(try RegularFile.bytes(at: path, limit: maximumBytes))
        } catch ProtocolError.notJSON(let problem) {
            throw Failure("\(path) is not JSON: \(problem)")
        } catch {
            throw Failure("\(path): \(error)")
        }
    }

    static func declarations(_ path: String) throws -> [FunctionDeclaration] {
        do {
            return try FunctionDeclaration.list(in: try read(path))
        } catch let error as ProtocolError {
            throw Failure("\(path): \(error)")
        }
    }
}

/// What the reader and the interrupt both have to know.
private final class Conversation: Sendable {
    private let state = Mutex<(turn: String?, isInterrupted: Bool)>((nil, false))

    var turn: String? {
        get { state.withLock { $0.turn } }
        set { state.withLock { $0.turn = newValue } }
    }

    var isInterrupted: Bool {
        get { state.withLock { $0.isInterrupted } }
        set { state.withLock { $0.isInterrupted = newValue } }
    }
}

/// Text on stdout that ends with exactly one line break.
private struct Answer {
    private var isLineOpen = false

    mutating func print(_ text: String) throws {
        guard let last = text.last else { return }
        try Output.text(text)
        isLineOpen = last != "\n"
    }

    mutating func endLine(always: Bool = false) throws {
        if isLineOpen { try Output.text("\n") }
        isLineOpen = false
    }
}
