import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import ImageFiles
import Session
import Testing
import Tools

/// The table "Limits" of docs/protocol.md: every row has the figures of the code, and names keys of the configuration that there are.
@Suite("The limits of the protocol's document")
struct LimitTableTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOf: RunningDaemon.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// First cell and the rest, row by row.
    private static func rows() throws -> [(what: String, rest: String)] {
        let lines = try text("docs/protocol.md").split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| what | limit |") })
        return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
            let cells = line.dropFirst(2).split(separator: " | ", maxSplits: 1)
            return (String(cells[0]), cells.count > 1 ? String(cells[1]) : "")
        }
    }

    private static let server = AgentServer.Configuration(path: "/s")
    private static let engine = EngineLimits()
    private static let queue = SubscriberQueue.Limits()
    private static let ring = ReplayRing.Limits()

    private static func mebibytes(_ bytes: Int) -> String { "\(bytes >> 20) MiB" }
    private static func kilobytes(_ bytes: Int) -> String { "\(bytes >> 10) kB" }
    private static func seconds(_ duration: Duration) -> String { "\(duration.components.seconds) s" }
    private static func bytes(_ count: Int) -> String { "\(count) bytes" }
    /// As the table writes what three quarters of the places are.
    private static func share(_ share: (Int) -> Int) -> String { share(100) == 75 ? "three in four" : "another share" }

    /// What a row, by the beginning of its first cell, has to say.
    private static let figures: [(row: String, words: [String])] = [
        ("line", [mebibytes(LineFramer.defaultMaximumLineBytes), "\(kilobytes(server.maximumSetupBytes)) before the setup"]),
        ("lines of more than \(kilobytes(LongLines.threshold))", ["one at a time"]),
        ("input of all clients", [mebibytes(server.maximumInputBytes), "beside \(kilobytes(InputBudget.always)) of each"]),
        ("a key", [bytes(JSONText.maximumKeyBytes), "\(JSONText.maximumForeignKeyBytes) if it is not plain ASCII"]),
        ("a name or a choice", [bytes(ClientMessage.maximumNameBytes)]),
        ("a media type", [bytes(Blob.maximumTypeBytes)]),
        ("a picture", ["\(ImageFiles.maximumSide) pixels a side"]),
        ("pictures of a message", []), ("pictures of a client", []),
        ("scans of a JPEG", ["\(ImageFiles.maximumScans)", ImageFiles.ordinaryScans == 8 ? "each eight of them" : "another number"]),
        ("pictures in work", []), ("sound of a message", []),
        (
            "connections",
            [
                "\(share(ConnectionPlaces.share)) of them", "\(server.reservedConnections) more for the daemon's own user",
                "\(2 * server.reservedConnections) for root",
            ]
        ),
        (
            "connections over the network",
            ["\(AgentServer.maximumStrangers)", seconds(server.setupTimeout)]
        ),
        ("wrong keys from an address", ["\(GuessTally.limit) in a minute"]),
        ("the file of the keys", ["\(KeyRing.maximumKeys) keys", "\(KeyRing.minimumKeyBytes) to \(bytes(KeyRing.maximumKeyBytes))"]),
        ("setup", [seconds(server.setupTimeout)]), ("the setup of a client that goes", ["given up"]),
        ("a message to a client", [OutboundMessage.maximumBytes == 512 << 10 ? "512 KiB" : "another size"]),
        ("events waiting for a client", ["\(queue.messages) messages", mebibytes(queue.bytes)]),
        ("events held for clients", ["\(ring.events)", seconds(ring.age), mebibytes(ring.bytes)]),
        ("a client that reads nothing", [seconds(server.stallLimit)]),
        (
            "messages of a client not yet handled",
            ["\(AgentServer.Configuration.pendingMessages)", mebibytes(AgentServer.Configuration.pendingBytes)]
        ),
        (
            "questions that a client begins",
            ["\(Int(engine.interruptionsAtOnce)) at once", "\(Int(engine.interruptionsPerSecond)) a second"]
        ),
        ("questions, standing instructions, private sessions of one user", [share(EngineLimits.share)]),
        ("questions at once", []), ("standing instructions", []), ("asks of an instruction", ["1"]),
        ("sounds being transcribed", ["\(engine.transcripts)", "of one session \(EngineLimits.share(of: engine.transcripts))"]),
        ("a spoken turn", ["\(SpokenTurn.maximumClips) clips"]),
        ("a transcript, a notice", ["\(EngineLimits.promptedTokens) tokens"]),
        ("a question", ["\(engine.questionTokens) tokens"]),
        (
            "functions of a client",
            ["\(FunctionDeclaration.maximumCount)", "\(FunctionDeclaration.maximumDescriptionBytes) bytes each"]
        ),
        ("schemas of a client's functions", [FunctionDeclaration.maximumSchemaBytes == 65_536 ? "64 KiB" : "another size"]),
        ("the declarations of a client's functions", ["\(engine.declarationTokens) tokens"]),
        ("calls of a turn", ["\(CallBook.maximumCallsOfTurn)"]), ("a call without its response", ["[live] tool_timeout"]),
        ("responses of a message", ["\(FunctionResponse.maximumCount)", "\(engine.questionTokens) tokens"]),
        ("a client that is away", ["[live] session_ttl"]),
        ("clients that are away", ["[live] max_waiting_sessions", share(EngineLimits.share)]),
        ("handles of a client", ["newest \(ResumptionTable<Int>.maximumHandles) "]),
        ("turns of a client that are over", ["\(CallBook.maximumLate)"]),
        (
            "a live interaction",
            ["\(InteractionsWire.maximumEvents) events of one message", "\(InteractionsWire.maximumOpenSteps) steps open at once"]
        ),
    ]

    @Test("each row has the code's figures, and each is known here")
    func figuresAreThoseOfTheCode() throws {
        let rows = try Self.rows()
        #expect(rows.count == Self.figures.count)
        for row in rows {
            // The longest beginning that fits: "setup" begins no other's cell, "a picture" does.
            let known = Self.figures.filter {
                row.what == $0.row || row.what.hasPrefix($0.row + " ") || row.what.hasPrefix($0.row + ":")
                    || row.what.hasPrefix($0.row + ",")
            }
            let figure = try #require(known.max { $0.row.count < $1.row.count }, "no test knows the row \"\(row.what)\"")
            for words in figure.words { #expect(row.rest.contains(words), "\(row.what): \(words)") }
        }
        for figure in Self.figures { #expect(rows.contains { $0.what.hasPrefix(figure.row) }, "\(figure.row)") }
    }

    @Test("the keys of the configuration and the reasons that it names exist, with the defaults that it states")
    func keysAndReasons() throws {
        let document = try Self.text("docs/protocol.md")
        let configuration = try Self.text("config/mmagentd.toml")
        let reasons = try #require(document.split(separator: "## Limits").first)
        for row in try Self.rows() {
            for match in row.rest.matches(of: /`\[([a-z]+)\] ([a-z_]+)`/) {
                let section = try #require(configuration.split(separator: "[\(match.output.1)]\n").last)
                #expect(section.contains("\n\(match.output.2) = "), "[\(match.output.1)] \(match.output.2)")
            }
            for match in row.rest.matches(of: /`([A-Z]+_[A-Z_]+)`/) {
                #expect(reasons.contains("`\(match.output.1)`"), "\(match.output.1)")
            }
        }
        // Who waits slowly keeps the newest of these kinds.
        let row = try #require(try Self.rows().first { $0.what == "events waiting for a client" }).rest
        for event in [
            AgentEvent.voiceActivity(VoiceActivity(.start, offset: .zero)), .observation(Observation(text: "x")),
            .health(Health(component: "c", state: .ok, message: "m")),
        ] {
            let kind = try #require(event.replaceableKind?.split(separator: "/").first)
            #expect(row.contains("`\(kind)`"))
        }
    }

    @Test("an instruction is asked one thing at a time, then about the newest of each device")
    func oneAsk() {
        var policy = WatchPolicy<Int>()
        #expect(policy.streamMovedOn(1, by: "camera") == 1)
        for event in 2...9 { #expect(policy.streamMovedOn(event, by: event.isMultiple(of: 2) ? "camera" : "mic") == nil) }
        #expect([policy.ended(), policy.ended(), policy.ended()] == [8, 9, nil])
    }
}
