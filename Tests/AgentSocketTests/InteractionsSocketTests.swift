import AgentProtocol
import AgentSocket
import Testing

@Suite("Live Interactions, over the socket")
struct InteractionsSocketTests {
    private static let path = "/v1beta/interactions/live"

    /// A connection at the interactions' path, and the events that it has been sent.
    private struct Client {
        let socket: RawWebSocket

        init(_ fixture: Fixture, path: String = path) async throws { socket = try await RawWebSocket(fixture.path, path: path) }

        func send(_ text: String) async throws { try await socket.send(text) }

        func ask(_ text: String) async throws {
            try await send(#"{"event_type":"input","content":[{"type":"text","text":"\#(text)"}]}"#)
        }

        /// Events up to one of a type; fewer where the stream ends, or a close comes.
        func events(upTo type: String) async throws -> [JSONValue] {
            var events: [JSONValue] = []
            while let message = try await socket.message() {
                events += message.json["events"]?.array ?? [message.json]
                if events.contains(where: { $0["event_type"]?.string == type }) { break }
            }
            return events
        }

        static func connected(_ fixture: Fixture, _ id: String = "main") async throws -> Client {
            let client = try await Client(fixture)
            try await client.send(#"{"event_type":"interaction.connect","id":"\#(id)"}"#)
            let events = try await client.events(upTo: "interaction.connected")
            #expect(events.first?["interaction_id"]?.string != nil)
            return client
        }
    }

    private func text(_ events: [JSONValue]) -> String { events.compactMap { $0["delta"]?["text"]?.string }.joined() }

    @Test("a whole exchange: connect, ask, the answer's step, half-close", arguments: [path, "/genai//v1alpha/interactions/live?key=x"])
    func exchange(path: String) async throws {
        try await Fixture.run { fixture in
            let client = try await Client(fixture, path: path)
            // In one message, before any answer.
            try await client.send(
                #"{"events":[{"event_type":"interaction.connect","id":"main"},{"event_type":"input","content":[{"type":"text","text":"two words"}]}]}"#
            )
            let events = try await client.events(upTo: "step.stop")
            #expect(events.first?["event_type"] == "interaction.connected")
            let turns = events.filter { $0["mm"]?["turn"]?.string == "t1" }
            #expect(turns.first?["status"] == "in_progress")
            // The echo's answer, and what belongs to nobody, as it is spoken.
            #expect(text(events).hasSuffix("two words "))
            try await client.send(#"{"event_type":"interaction.complete"}"#)
            let last = try await client.events(upTo: "interaction.completed").last
            #expect(last?["event_type"] == "interaction.completed")
            #expect(last?["usage"]?["total_tokens"] == 7)
            #expect(try await client.socket.frame()?.code == 1000)
        }
    }

    /// google-genai's connect() does not wait for the daemon's word: whoever asks and leaves at once has asked.
    @Test("who leaves before the setup is answered is heard out")
    func leavesDuringItsSetup() async throws {
        try await Fixture.run { fixture in
            await fixture.service.holdSetups()
            let client = try await Client(fixture)
            try await client.send(#"{"event_type":"interaction.connect","id":"main"}"#)
            try await client.ask("two words")
            try await client.send(#"{"event_type":"interaction.disconnect"}"#)
            client.socket.raw.hangUp()
            try await eventually("it has gone") { fixture.server.connectionCount == 0 }
            #expect(await fixture.service.received.isEmpty)
            await fixture.service.openGate()
            try await eventually("its question has come") { await fixture.service.received.count == 1 }
            guard case .clientContent(let content)? = await fixture.service.received.first?.kind else {
                Issue.record("it is no question")
                return
            }
            #expect(content.turns.first?.text == "two words")
            try await eventually("and it is known to have gone") { await fixture.service.disconnected.count == 1 }
        }
    }

    @Test("binary frames, in pieces; what is malformed is an error, and the connection goes on")
    func malformed() async throws {
        try await Fixture.run { fixture in
            let client = try await Client.connected(fixture)
            try await client.send("{")
            #expect(try await client.events(upTo: "error").last?["mm"]?["reason"] == "NOT_JSON")
            try await client.send(#"{"event_type":"nonsense"}"#)
            #expect(try await client.events(upTo: "error").last?["error"]?["code"] == "invalid_argument")
            let bytes = Array(#"{"event_type":"input","content":[{"type":"text","text":"é ok"}]}"#.utf8)
            try await client.socket.raw.send(RawWebSocket.bytes(first: 0x02, Array(bytes[..<60])))
            try await client.socket.raw.send(RawWebSocket.bytes(first: 0x80, Array(bytes[60...])))
            #expect(text(try await client.events(upTo: "step.stop")).hasSuffix("é ok "))
        }
    }

    @Test("an interaction that is not there: an error in words, then the close of what is not found")
    func unknown() async throws {
        try await Fixture.run { fixture in
            for first in [#""interaction.connect","id":"int_1""#, #""interaction.create","model":"none""#] {
                let client = try await Client(fixture)
                try await client.send(#"{"event_type":\#(first)}"#)
                let error = try #require(try await client.events(upTo: "error").last)
                #expect(error["error"]?["code"] == "not_found")
                #expect(error["mm"]?["fatal"] == true)
                #expect(try await client.socket.frame()?.code == 1008)
            }
            let early = try await Client(fixture)
            try await early.ask("x")
            #expect(try await early.events(upTo: "error").last?["mm"]?["reason"] == "SETUP_EXPECTED")
            #expect(try await early.socket.frame()?.code == 1007)
        }
    }

    @Test("disconnect and cancel close in order; the setup's fields reach the session")
    func leaving() async throws {
        try await Fixture.run { fixture in
            let client = try await Client.connected(fixture)
            try await client.send(#"{"event_type":"interaction.disconnect"}"#)
            #expect(try await client.events(upTo: "none").isEmpty)
            let other = try await Client.connected(fixture)
            try await other.ask("hang")
            _ = try await other.events(upTo: "step.delta")
            try await other.send(#"{"event_type":"interaction.cancel"}"#)
            #expect(try await other.events(upTo: "interaction.cancelled").last?["event_type"] == "interaction.cancelled")
            #expect(try await other.socket.frame()?.code == 1000)
            let cancels = await fixture.service.received.filter { if case .native(.cancel) = $0.kind { true } else { false } }
            #expect(cancels.map(\.kind) == [.native(.cancel(turn: "t1"))])
        }
    }

    @Test("what was missed comes by the number of the last event, once and in order; what is gone is told")
    func replay() async throws {
        try await Fixture.run { fixture in
            for word in ["a", "b", "c"] { fixture.service.hub.publish(.modelTurn(text: word), turn: "t") }
            let client = try await Client.connected(fixture, "main@1")
            fixture.service.hub.publish(.turnComplete(TurnComplete()), turn: "t")
            let events = try await client.events(upTo: "interaction.status_update")
            #expect(text(events) == "bc")
            #expect(events.compactMap { $0["event_id"]?.string } == ["2", "3", "4"])
            fixture.service.hub.forget()
            let late = try await Client.connected(fixture, "main@1")
            #expect(try await late.events(upTo: "mm").last?["gap"] == ["from": 2, "to": 4])
            let future = try await Client(fixture)
            try await future.send(#"{"event_type":"interaction.connect","id":"main","last_event_id":"99"}"#)
            let refusal = try await future.events(upTo: "error").last
            #expect(refusal?["mm"]?["reason"] == "OUT_OF_RANGE")
            #expect(refusal?["error"]?["message"]?.string?.hasPrefix("99 is the number of no event") == true)
        }
    }

    @Test("a daemon that stops says that one has to connect again, and from where")
    func stop() async throws {
        let fixture = try await Fixture()
        let client = try await Client.connected(fixture)
        await fixture.server.shutdown(grace: .seconds(2))
        let events = try await client.events(upTo: "reconnection_required")
        #expect(events.last?["event_type"] == "reconnection_required")
    }
}
