import AgentProtocol
import AgentSocket
import Glibc
import Testing

@Suite("Conversations over a Unix socket")
struct ConversationTests {
    /// Messages up to the end of `turn`, its end included.
    private func turn(_ client: AgentClient) async throws -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        while true {
            let message = try await client.next(waitingFor: "turn", timeout: .seconds(30))
            messages.append(message)
            if message.isTurnComplete { return messages }
        }
    }

    @Test("a question's events reach every subscriber, in one order with the same numbers; only the asker gets the answer to its id")
    func twoClients() async throws {
        try await Fixture.run { fixture in
            let asker = try await fixture.client()
            let listener = try await fixture.client()
            try await asker.send(ClientMessage(.clientContent(ClientContent(turns: [.text("a red cup")], turnComplete: true)), id: "q"))
            let asked = try await turn(asker)
            let heard = try await turn(listener)
            #expect(asked[0].re == "q")
            #expect(asked[0].turn == "t1")
            #expect(asked.dropFirst().map(\.line) == heard.map(\.line))
            #expect(heard.map(\.sequence) == [1, 2, 3, 4, 5, 6])
            #expect(heard.compactMap { $0.turn == "t1" ? $0.text : nil }.joined() == "a red cup ")
            #expect(heard[4].json["serverContent"]?["generationComplete"] == true)
            #expect(heard[5].json["usageMetadata"]?["totalTokenCount"] == 7)
            await asker.close()
            await listener.close()
        }
    }

    @Test("setupComplete is the first message, even when the session spoke earlier")
    func setupCompleteFirst() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send("\r\n\n{\"setup\":{\"mm\":{\"id\":1,\"version\":1,\"attach\":\"main\",\"subscribe\":[\"health\"]}}}\n")
            let first = try #require(try await raw.line())
            #expect(first.json["setupComplete"]?["sessionId"] == "main")
            #expect(first.json["setupComplete"]?["mm"]?["version"] == 1)
            #expect(first.sequence == 0)
            #expect(try await raw.line()?.native("health")?["message"] == "welcome")
        }
    }

    @Test("without setup first: a fatal error, then the end")
    func setupFirst() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send("{\"clientContent\":{\"turnComplete\":true},\"mm\":{\"id\":\"x\"}}\n")
            let messages = try await raw.lines()
            #expect(messages.count == 1)
            #expect(messages[0].error?.status == .failedPrecondition)
            #expect(messages[0].error?.isFatal == true)
            #expect(messages[0].re == "x")
            #expect(await fixture.service.contexts.isEmpty)
        }
    }

    @Test("a second setup is refused, the connection goes on")
    func setupOnce() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client()
            try await client.send(ClientMessage(.setup(Setup())))
            let error = try #require(try await client.next()?.error)
            #expect(error.status == .failedPrecondition)
            #expect(!error.isFatal)
            try await client.send(ClientMessage(.native(.status), id: "s"))
            #expect(try await client.reply(to: "s").native("status")?["server"] == "echo/1")
            await client.close()
        }
    }

    @Test("a refused setup: the service's reason, fatal, and no disconnected call")
    func refusedSetup() async throws {
        try await Fixture.run { fixture in
            let client = try await AgentClient.connect(to: fixture.path)
            var setup = Setup()
            setup.model = "models/other"
            await #expect(
                throws: AgentClientError.refused(
                    StatusError(.notFound, "no model other: use models/mmagent", reason: "UNKNOWN_MODEL", isFatal: true))
            ) {
                try await client.setUp(setup)
            }
            #expect(try await client.next() == nil)
            try await eventually("the connection is gone") { fixture.server.connectionCount == 0 }
            #expect(await fixture.service.disconnected.isEmpty)
        }
    }

    @Test("a version from the future is refused with the list of known ones")
    func version() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send("{\"setup\":{\"mm\":{\"version\":9}}}\n")
            let error = try #require(try await raw.lines().first?.error)
            #expect(error.status == .failedPrecondition)
            #expect(error.message.contains("supported is 1"))
        }
    }

    @Test("a client gets the topics it subscribed to, and may change them")
    func topics() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client { $0.subscribe = [.health] }
            #expect(try await client.next()?.native("health")?["message"] == "welcome")
            fixture.service.hub.publish(.observation(Observation(text: "unseen")))
            fixture.service.hub.publish(.health(Health(component: "a", state: .ok, message: "seen")))
            #expect(try await client.next()?.native("health")?["message"] == "seen")
            try await client.send(ClientMessage(.native(.subscribe([.observation])), id: "n"))
            #expect(try await client.reply(to: "n").native("subscribe") == ["observation"])
            fixture.service.hub.publish(.health(Health(component: "a", state: .ok, message: "unseen")))
            fixture.service.hub.publish(.observation(Observation(text: "seen")))
            #expect(try await client.next()?.native("observation")?["text"] == "seen")
            await client.close()
        }
    }

    @Test("a client that never said mm gets nothing that only mm carries")
    func sdkClient() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send(
                "{\"setup\":{\"labels\":{\"mm_subscribe\":\"*\"}}}\n{\"client_content\":{\"turns\":[{\"parts\":[{\"text\":\"hi\"}]}],\"turnComplete\":true}}\n"
            )
            var messages: [ReceivedMessage] = []
            while messages.last?.isTurnComplete != true { messages.append(try #require(try await raw.line())) }
            #expect(messages.allSatisfy { $0.json["setupComplete"] != nil || $0.json["serverContent"] != nil })
            #expect(messages.count == 5)
            // By using mm a client shows that it understands it.
            try await raw.send("{\"mm\":{\"id\":3,\"status\":{}}}\n")
            #expect(try await raw.line()?.re == 3)
            fixture.service.hub.publish(.observation(Observation(text: "seen")))
            #expect(try await raw.line()?.native("observation")?["text"] == "seen")
        }
    }

    @Test("what SDKs drop stands in the parts, too, of who asks for it")
    func partMetadata() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send(
                "{\"setup\":{\"labels\":{\"mm_meta\":\"1\"}}}\n{\"clientContent\":{\"turns\":[{\"parts\":[{\"text\":\"hi\"}]}],\"turnComplete\":true}}\n"
            )
            _ = try await raw.line()
            var texts = 0
            while let message = try await raw.line(), !message.isTurnComplete {
                guard let part = message.json["serverContent"]?["modelTurn"]?["parts"]?.array?.first else { continue }
                texts += 1
                #expect(part["partMetadata"]?["mm"] == message.json["mm"] && message.sequence != nil)
            }
            #expect(texts > 0)
        }
    }

    @Test("a session ends when its client wanted, with a goAway before")
    func sessionLimit() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send("{\"setup\":{\"labels\":{\"mm_session_ttl_ms\":\"400\"}}}\n")
            #expect(try await raw.line()?.isSetupComplete == true)
            #expect(try await raw.line()?.goAway == .milliseconds(200))
            #expect(try await raw.line() == nil)
            try await eventually("the session has let go") { await fixture.service.disconnected.count == 1 }
            let web = try await RawWebSocket(fixture.path)
            try await web.send("{\"setup\":{\"labels\":{\"mm_session_ttl_ms\":\"100\"}}}")
            var frame = try await web.frame()
            while frame?.opcode == 1 { frame = try await web.frame() }
            #expect(frame?.opcode == 8 && frame?.payload.prefix(2) == [0x03, 0xE9])
        }
    }

    @Test("observers may look but not speak")
    func observer() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client { $0.role = .observer }
            try await client.send(ClientMessage(.realtimeInput([.text("hello")]), id: "o"))
            await #expect(throws: AgentClientError.self) { try await client.reply(to: "o") }
            try await client.send(ClientMessage(.native(.mute(.camera)), id: "m"))
            let error = try #require(try await client.next()?.error)
            #expect(error.status == .permissionDenied)
            #expect(await fixture.service.received.isEmpty)
            try await client.send(ClientMessage(.native(.status), id: "s"))
            _ = try await client.reply(to: "s")
            await client.close()
        }
    }

    @Test("the service learns who is connected, from the kernel")
    func credentials() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client()
            let context = try #require(await fixture.service.contexts.first)
            #expect(context.principal == .user(getuid()))
            #expect(context.processID == getpid())
            await client.close()
            try await eventually("disconnected is called once") { await fixture.service.disconnected == [context.id] }
        }
    }

    @Test("a client that has closed its sending half still gets its answer")
    func halfClose() async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send("{\"setup\":{\"mm\":{}}}\n{\"mm\":{\"id\":1,\"status\":{}}}\n")
            raw.finishSending()
            _ = try await raw.line()
            #expect(try await raw.line()?.re == 1)
            #expect(await fixture.service.disconnected.isEmpty)
            raw.hangUp()
            try await eventually("the connection ends") { await fixture.service.disconnected.count == 1 }
        }
    }

    @Test("a stop before setupComplete is told as such, and nothing comes before it")
    func stopBeforeSetup() async throws {
        try await Fixture.run { fixture in
            let silent = try RawClient(fixture.path)
            try await eventually("it is connected") { fixture.server.connectionCount == 1 }
            await fixture.server.shutdown(grace: .zero)
            let lines = try await silent.lines()
            #expect(lines.count == 1 && lines.first?.error?.reason == "STOPPING" && lines.first?.error?.status == .unavailable)
        }
    }

    @Test("shutdown says goAway, delivers what is queued, closes, and removes the socket")
    func shutdown() async throws {
        let fixture = try await Fixture()
        let client = try await fixture.client { $0.subscribe = [.transcription] }
        fixture.service.hub.publish(.inputTranscription(Transcription(text: "last words", isFinished: true)))
        await fixture.server.shutdown(grace: .milliseconds(100))
        #expect(try await client.next()?.json["serverContent"]?["inputTranscription"]?["text"] == "last words")
        #expect(try await client.next()?.goAway == .milliseconds(100))
        #expect(try await client.next() == nil)
        #expect(access(fixture.path, F_OK) != 0)
        #expect(await fixture.service.disconnected.count == 1)
    }
}
