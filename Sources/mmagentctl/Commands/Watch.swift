import AgentProtocol
import AgentSocket
import ArgumentParser
import Figures

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give a standing instruction; what the agent has to say about it is printed as it happens.",
        discussion: """
            The agent is asked whenever the picture changed, or words or a sound with a name were heard, and is silent while \
            there is nothing to say. Until interrupted, unless --count or --timeout ends it.

            Examples:
              mmagentctl watch "tell me when a mug appears"
              mmagentctl watch --count 1 --timeout 60 "tell me when someone knocks" && echo somebody is there
              mmagentctl watch --json "tell me when the book is taken away" | jq -c .mm
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var reconnection: Reconnection
    @Argument(help: "The instruction.") var instruction: String
    @Flag(help: "Print the daemon's messages instead of the sentences.") var json = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "End after this many seconds, 0 for never; exit status 4 if less was said than --count, or nothing.", valueName: "seconds"))
    var timeout = 0.0
    @Option(parsing: .unconditional, help: ArgumentHelp("End after this many sentences, 0 for never.", valueName: "sentences"))
    var count = 0

    func validate() throws {
        guard instruction.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("the instruction is empty: write it in quotes, as mmagentctl watch \"tell me when a mug appears\"")
        }
        guard timeout >= 0, timeout <= 86_400 else {
            throw ValidationError("--timeout is \(timeout.figure): expected 0 to 86400 seconds")
        }
        guard count >= 0 else { throw ValidationError("--count is \(count): expected 0 or more sentences") }
    }

    mutating func run() async throws {
        let end = ContinuousClock.now + .seconds(timeout)
        var progress = Progress()
        let command = self
        do {
            try await reconnection.run { position, connected in
                try await command.print(&progress, &position, until: end, connected)
            }
        } catch AgentClientError.timedOut where count == 0 && progress.sentences > 0 {
            // It was to be watched for so long, and something was said.
        }
    }

    /// What was said so far; a sentence that a lost connection cut in two goes on where it was.
    private struct Progress {
        var sentence = ""
        var sentences = 0
    }

    private func print(
        _ progress: inout Progress, _ position: inout Position, until end: ContinuousClock.Instant, _ connected: () -> Void
    ) async throws {
        // While the daemon is away, too, the time runs.
        guard timeout == 0 || ContinuousClock.now < end else { throw tooLate }
        let client = try await connection.connect(topics: [.turn], isProactive: true, instruction: instruction, position: &position)
        connected()
        while count == 0 || progress.sentences < count {
            let message = try await next(client, until: end)
            position.note(message)
            if let error = message.error, error.isFatal { throw AgentClientError.refused(error) }
            if message.goAway != nil { throw DaemonLeft(description: "the daemon is shutting down") }
            // Others' answers come on the same session.
            guard message.isUnsolicited else { continue }
            if json { try Output.bytes(message.line + [UInt8(ascii: "\n")]) }
            progress.sentence += message.text ?? ""
            guard message.isTurnComplete else { continue }
            if !json { try Output.line(progress.sentence.split(separator: "\n").joined(separator: " ")) }
            progress.sentence = ""
            progress.sentences += 1
        }
        await client.close()
    }

    /// The next message; `--timeout 0` waits for ever.
    private func next(_ client: AgentClient, until end: ContinuousClock.Instant) async throws -> ReceivedMessage {
        if timeout == 0 {
            guard let message = try await client.next() else { throw AgentClientError.closed(waitingFor: "something to say") }
            return message
        }
        do {
            return try await client.next(waitingFor: "sentence", timeout: max(.zero, end - .now))
        } catch AgentClientError.timedOut {
            throw tooLate
        }
    }

    private var tooLate: AgentClientError {
        .timedOut(waitingFor: count > 1 ? "\(count) sentences" : "sentence", after: .seconds(timeout))
    }
}
