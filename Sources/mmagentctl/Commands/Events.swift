import AgentProtocol
import AgentSocket
import ArgumentParser

struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what happens, until interrupted.",
        discussion: """
            Topics: turn (answers, and what is said unasked), transcription, interim (guesses at a transcript, which cost the model work), \
            voiceActivity, tool, observation, health (devices, overload, lost media). Without --only: all of them but interim.

            Examples:
              mmagentctl events
              mmagentctl events --only transcription,observation
              mmagentctl events --json | jq -c 'select(.mm.health)'
              mmagentctl events --reconnect >> events.log
              mmagentctl events --after 1200          what came after mm.seq 1200, then what happens
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var reconnection: Reconnection
    @Flag(help: "Print the daemon's messages, one JSON object a line.") var json = false
    @Option(
        help: ArgumentHelp("Begin with what came after this event (mm.seq), as far as the daemon still has it.", valueName: "seq"))
    var after: Int64?
    @Option(help: ArgumentHelp("Only these topics, separated by commas.", valueName: "topics")) var only: String?

    func validate() throws {
        _ = try topics()
        if let after, !(0...Setup.maximumSequence).contains(after) {
            throw ValidationError("--after is \(after): expected mm.seq of an event, 0 to \(Setup.maximumSequence)")
        }
    }

    private func topics() throws -> Set<Topic> {
        guard let only else { return Set(Topic.allCases).subtracting([.interim]) }
        do {
            let topics = try Topic.parse(list: only)
            if topics.isEmpty {
                throw ValidationError("--only names no topic: use some of \(Topic.allCases.map(\.rawValue).joined(separator: ","))")
            }
            return topics
        } catch let error as ProtocolError {
            throw ValidationError("--only: \(error)")
        }
    }

    mutating func run() async throws {
        let topics = try topics()
        let command = self
        // A turn that a lost connection cut in two is shown whole.
        var lines = EventLines()
        try await reconnection.run(after: after) { position, connected in
            try await command.print(topics, &lines, &position, connected)
        }
    }

    private func print(
        _ topics: Set<Topic>, _ lines: inout EventLines, _ position: inout Position, _ connected: () -> Void
    ) async throws {
        let client = try await connection.connect(topics: topics, isProactive: true, position: &position)
        connected()
        var isLeaving = false
        while let message = try await client.next() {
            if json {
                try Output.bytes(message.line + [UInt8(ascii: "\n")])
            } else {
                for line in lines.lines(for: message) { try Output.line(line) }
            }
            position.note(message)
            if message.goAway != nil { isLeaving = true }
            if let error = message.error, error.isFatal { throw AgentClientError.refused(error) }
        }
        guard isLeaving else { throw DaemonLeft(description: "the daemon closed the connection") }
        if reconnection.isWanted { throw DaemonLeft(description: "the daemon is shutting down") }
        Output.complain("the daemon is shutting down")
    }
}
