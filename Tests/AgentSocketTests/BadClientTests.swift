import AgentProtocol
import AgentSocket
import Glibc
import Testing

@Suite("Clients that behave badly")
struct BadClientTests {
    private static let setup = "{\"setup\":{\"mm\":{\"subscribe\":[\"turn\",\"transcription\"]}}}\n"

    /// A raw client that has been set up.
    private func ready(_ fixture: Fixture) async throws -> RawClient {
        let raw = try RawClient(fixture.path)
        try await raw.send(Self.setup)
        #expect(try await raw.line()?.isSetupComplete == true)
        return raw
    }

    private func expectUsable(_ raw: RawClient, at location: SourceLocation = #_sourceLocation) async throws {
        try await raw.send("{\"mm\":{\"id\":\"ok\",\"devices\":{}}}\n")
        #expect(try await raw.line()?.re == "ok", sourceLocation: location)
    }

    @Test("half a line, then gone: nobody else notices")
    func halfLine() async throws {
        try await Fixture.run { fixture in
            let other = try await ready(fixture)
            let raw = try await ready(fixture)
            try await raw.send("{\"clientContent\":{\"turns\":[{\"par")
            raw.hangUp()
            try await eventually("the client is disconnected") { await fixture.service.disconnected.count == 1 }
            #expect(await fixture.service.received.isEmpty)
            try await expectUsable(other)
        }
    }

    @Test("gone before setup, and gone with half of it")
    func goneEarly() async throws {
        try await Fixture.run { fixture in
            for text in ["", "{", "{\"setup\":{}"] {
                let raw = try RawClient(fixture.path)
                try await raw.send(text)
                raw.hangUp()
            }
            try await eventually("all are gone") { fixture.server.connectionCount == 0 }
            #expect(await fixture.service.contexts.isEmpty)
        }
    }

    @Test("bad lines are refused one by one, the connection goes on")
    func badLines() async throws {
        try await Fixture.run { fixture in
            let raw = try await ready(fixture)
            let cases: [(String, String)] = [
                ("{\"realtimeInput\":{\"audio\":{\"mimeType\":\"audio/pcm\",\"data\":\"%%%\"}},\"mm\":{\"id\":\"b\"}}", "INVALID_BASE64"),
                ("{\"bogus\":1}", "UNKNOWN_MESSAGE_KIND"), ("not json", "NOT_JSON"), ("{\"setup\":", "NOT_JSON"),
                ("[]", "UNKNOWN_MESSAGE_KIND"),
            ]
            for (line, reason) in cases {
                try await raw.send(line + "\n")
                let error = try #require(try await raw.line()?.error)
                #expect(error.reason == reason)
                #expect(error.status == .invalidArgument)
                #expect(!error.isFatal)
            }
            try await raw.send([0x7B, 0xFF, 0xFE, 0x7D, 0x0A])
            #expect(try await raw.line()?.error?.reason == "NOT_UTF8")
            try await expectUsable(raw)
            #expect(await fixture.service.received.count == 1)
        }
    }

    @Test("a 100 MB line is refused while it arrives; the next line is served")
    func hugeLine() async throws {
        try await Fixture.run { fixture in
            let raw = try await ready(fixture)
            let chunk = [UInt8](repeating: 0x61, count: 10 << 20)
            try await raw.send(chunk + chunk)
            // The refusal is there before the line ends.
            let error = try #require(try await raw.line()?.error)
            #expect(error.reason == "LINE_TOO_LONG")
            #expect(error.message.contains("16777216"))
            for _ in 0..<8 { try await raw.send(chunk) }
            try await raw.send("\n")
            try await expectUsable(raw)
        }
    }

    @Test(
        "junk as the first bytes gets one clear error", arguments: ["\u{16}\u{3}\u{1}", "hello\n", "<html>\n"])
    func otherProtocols(text: String) async throws {
        try await Fixture.run { fixture in
            let raw = try RawClient(fixture.path)
            try await raw.send(text)
            let messages = try await raw.lines()
            #expect(messages.count == 1)
            #expect(messages.first?.error?.status == .invalidArgument)
            #expect(messages.first?.error?.isFatal == true)
        }
    }

    @Test("connections over the limit are refused, and welcome again when there is room")
    func connectionLimit() async throws {
        try await Fixture.run({
            $0.maximumConnections = 2
            $0.reservedConnections = 0
        }) { fixture in
            let first = try await ready(fixture)
            let second = try await ready(fixture)
            let third = try RawClient(fixture.path)
            let error = try #require(try await third.lines().first?.error)
            #expect(error.status == .resourceExhausted)
            #expect(error.reason == "TOO_MANY_CONNECTIONS")
            try await expectUsable(first)
            second.hangUp()
            try await eventually("there is room") { fixture.server.connectionCount == 1 }
            try await expectUsable(try await ready(fixture))
        }
    }

    @Test("everyone of a crowd that is refused can read why")
    func refusedCrowd() async throws {
        try await Fixture.run({
            $0.maximumConnections = 1
            $0.reservedConnections = 0
        }) { fixture in
            let first = try await ready(fixture)
            // More than have time to read it.
            let crowd = try (0..<80).map { _ in try RawClient(fixture.path) }
            for client in crowd {
                let error = try #require(try await client.lines().first?.error)
                #expect(error.reason == "TOO_MANY_CONNECTIONS")
            }
            try await expectUsable(first)
        }
    }

    @Test("who says nothing is sent away")
    func setupTimeout() async throws {
        try await Fixture.run({ $0.setupTimeout = .seconds(3) }) { fixture in
            let patient = try await ready(fixture)
            let silent = try RawClient(fixture.path)
            let error = try #require(try await silent.lines().first?.error)
            #expect(error.status == .deadlineExceeded)
            // Who came earlier and has set up stays, though its time is over too.
            try await expectUsable(patient)
        }
    }

    @Test("a client that does not read is cut off; the producer and the others do not notice")
    func slowReader() async throws {
        try await Fixture.run { fixture in
            let slow = try await ready(fixture)
            let fast = try await fixture.client { $0.subscribe = [.transcription] }
            let count = 2000
            let filler = String(repeating: "x", count: 2000)
            var sequences: [Int64] = []
            for number in 1...count {
                fixture.service.hub.publish(.inputTranscription(Transcription(text: filler, isFinished: true)))
                // The fast client reads as fast as the session produces; the slow one has not read since its setup.
                sequences.append(try #require(try await fast.next()).sequence ?? 0)
                #expect(sequences.last == Int64(number))
            }
            // Only now the slow one reads: whole messages in order, the reason, the end.
            let messages = try await slow.lines()
            let last = try #require(messages.last)
            #expect(last.error?.status == .resourceExhausted)
            #expect(last.error?.isFatal == true)
            #expect(last.error?.reason == "SLOW_SUBSCRIBER")
            let got = messages.dropLast().map { $0.sequence ?? 0 }
            #expect(got == (1...Int64(got.count)).map { $0 })
            #expect(got.count < count)
            try await eventually("it is disconnected") { await fixture.service.disconnected.count == 1 }
            await fast.close()
        }
    }

    @Test("text for a client that reads late is joined, and nothing of it is lost")
    func joinedText() async throws {
        try await Fixture.run { fixture in
            let slow = try await ready(fixture)
            var expected = ""
            for number in 0..<20_000 {
                let piece = "\(number) "
                expected += piece
                fixture.service.hub.publish(.modelTurn(text: piece), turn: "t1")
                if number % 200 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            fixture.service.hub.publish(.turnComplete(TurnComplete()), turn: "t1")
            var text = ""
            var count = 0
            while let message = try await slow.line(), !message.isTurnComplete {
                text += message.text ?? ""
                count += 1
            }
            #expect(text == expected)
            #expect(count < 20_000)
        }
    }

    @Test("a client for which bytes wait and that reads none is closed")
    func stalled() async throws {
        try await Fixture.run({ $0.stallLimit = .seconds(1) }) { fixture in
            let slow = try await ready(fixture)
            let filler = String(repeating: "x", count: 4000)
            // More than the kernel takes, less than the queue holds.
            for _ in 0..<150 { fixture.service.hub.publish(.inputTranscription(Transcription(text: filler, isFinished: true))) }
            try await eventually("it is disconnected") { await fixture.service.disconnected.count == 1 }
            let messages = try await slow.lines()
            #expect(messages.count < 150)
        }
    }

    @Test("while the service is busy, at most 64 messages are taken and the client's writes block; later all arrive in order")
    func inboundPressure() async throws {
        try await Fixture.run { fixture in
            let raw = try await ready(fixture)
            try await raw.send("{\"realtimeInput\":{\"text\":\"wait\"}}\n")
            let filler = String(repeating: "y", count: 1000)
            var sent: [Int] = []
            var isBlocked = false
            var left: [UInt8] = []
            var idle = 0
            // The kernel's buffers and one read of ours take a few hundred; what is beyond has to wait.
            while sent.count < 20_000, !isBlocked {
                if left.isEmpty {
                    left = Array("{\"realtimeInput\":{\"text\":\"\(sent.count) \(filler)\"}}\n".utf8)
                    sent.append(sent.count)
                }
                let count = raw.sendWithoutWaiting(left)
                left.removeFirst(count)
                if count > 0 {
                    idle = 0
                } else {
                    idle += 1
                    try await Task.sleep(for: .milliseconds(10))
                    isBlocked = idle > 50
                }
            }
            #expect(isBlocked)
            #expect(await fixture.service.received.count == 1)
            await fixture.service.openGate()
            try await raw.send(left)
            let expected = sent.count + 1
            try await eventually("all arrive") { await fixture.service.received.count == expected }
            let texts = await fixture.service.received.dropFirst().map { message -> String in
                if case .realtimeInput(let inputs) = message.kind, case .text(let text)? = inputs.first {
                    String(text.prefix { $0 != " " })
                } else {
                    ""
                }
            }
            #expect(texts == sent.map(String.init))
        }
    }
}
