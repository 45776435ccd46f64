import AgentProtocol
import AgentSocket
import Testing

@Suite("WebSocket beside lines, on one socket")
struct WebSocketTests {
    /// A client that has been set up.
    private func ready(_ fixture: Fixture) async throws -> RawWebSocket {
        let client = try await RawWebSocket(fixture.path)
        try await client.send("{\"setup\":{\"mm\":{\"subscribe\":[\"turn\"]}}}")
        #expect(try await client.message()?.isSetupComplete == true)
        return client
    }

    private func expectUsable(_ client: RawWebSocket, at location: SourceLocation = #_sourceLocation) async throws {
        try await client.send("{\"mm\":{\"id\":\"ok\",\"devices\":{}}}")
        #expect(try await client.message()?.re == "ok", sourceLocation: location)
    }

    @Test("the same session as in lines, message by message")
    func conversation() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            try await client.send(
                "{\"clientContent\":{\"turns\":[{\"parts\":[{\"text\":\"two words\"}]}],\"turnComplete\":true},\"mm\":{\"id\":1}}")
            var text = ""
            while let message = try await client.message() {
                if message.turn == "t1" { text += message.text ?? "" }
                if message.isTurnComplete, message.turn == "t1" { break }
            }
            #expect(text == "two words ")
        }
    }

    @Test("a message in pieces, in binary, with line breaks, with pings between")
    func pieces() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            let text = Array("{\"mm\":\n{\"id\":\"é\",\r\n\"devices\":{}}}".utf8)
            for size in [1, 2, 7] {
                for start in stride(from: 0, to: text.count, by: size) {
                    let end = min(start + size, text.count)
                    let first: UInt8 = (start == 0 ? 0x01 : 0x00) | (end == text.count ? 0x80 : 0)
                    try await client.raw.send(RawWebSocket.bytes(first: first, Array(text[start..<end])))
                    if start == 0 { try await client.raw.send(RawWebSocket.bytes(first: 0x89, [7, 7])) }
                }
                #expect(try await client.frame() == .init(opcode: 0xA, payload: [7, 7]))
                #expect(try await client.message()?.re == "é")
            }
            try await client.raw.send(RawWebSocket.bytes(first: 0x82, Array("{\"mm\":{\"id\":2,\"devices\":{}}}".utf8)))
            #expect(try await client.message()?.re == 2)
            try await client.raw.send(RawWebSocket.bytes(first: 0x8A, [1]))
            try await expectUsable(client)
        }
    }

    @Test("a setup that comes with the handshake is not lost")
    func pipelined() async throws {
        try await Fixture.run { fixture in
            let client = try await RawWebSocket(fixture.path, following: RawWebSocket.text("{\"setup\":{}}"))
            #expect(try await client.message()?.isSetupComplete == true)
            try await client.raw.send(RawWebSocket.bytes(first: 0x88, [0x03, 0xE8]))
            #expect(try await client.frame()?.code == 1000)
            #expect(try await client.frame() == nil)
            try await eventually("it is gone") { await fixture.service.disconnected.count == 1 }
        }
    }

    @Test(
        "paths of every SDK and version",
        arguments: [
            "/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent",
            "//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent?key=a%20b",
            "/proxy/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContentConstrained", "/BidiGenerateContent",
        ])
    func paths(path: String) async throws {
        try await Fixture.run { fixture in
            _ = try await RawWebSocket(fixture.path, path: path)
        }
    }

    @Test("pages, and what is none, by plain HTTP")
    func pages() async throws {
        try await Fixture.run { fixture in
            let cases: [(request: String, status: String, body: String)] = [
                ("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", "fine"),
                ("GET //health?x HTTP/1.0\r\n\r\n", "200 OK", "fine"), ("HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK", ""),
                ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "404 Not Found", "there is no /nothing here"),
                ("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", "405 Method Not Allowed", "POST is no method"),
                ("GET \(RawWebSocket.path) HTTP/1.1\r\nHost: a\r\n\r\n", "426 Upgrade Required", "Sec-WebSocket-Key"),
                (RawWebSocket.request("/elsewhere"), "404 Not Found", "there is no /elsewhere here"),
                (RawWebSocket.request(RawWebSocket.path, headers: ["Origin: https://a.example"]), "403 Forbidden", "https://a.example"),
                ("GARBAGE\r\n\r\n", "400 Bad Request", "no HTTP request"),
            ]
            for (request, status, body) in cases {
                let raw = try RawClient(fixture.path)
                try await raw.send(request)
                let head = try await RawWebSocket.head(raw)
                #expect(head.first?.hasSuffix(status) == true, "\(request): \(head)")
                var text = ""
                while let line = try await raw.text() { text += line }
                #expect(body.isEmpty ? text.isEmpty : text.contains(body), "\(request): \(text)")
            }
            try await eventually("all are gone") { fixture.server.connectionCount == 0 }
        }
    }

    /// What RFC 6455 has a server close on, and its code.
    @Test(
        "a frame that breaks the rules closes with its code",
        arguments: [
            ([0x81, 0x02, 0x7B, 0x7D], 1002), (RawWebSocket.bytes(first: 0xC1, [0x7B]), 1002), (RawWebSocket.bytes(first: 0x83, []), 1002),
            (RawWebSocket.bytes(first: 0x80, [1]), 1002),
            (RawWebSocket.bytes(first: 0x01, [0x7B]) + RawWebSocket.bytes(first: 0x81, [0x7D]), 1002),
            (RawWebSocket.bytes(first: 0x09, []), 1002), (RawWebSocket.bytes(first: 0x89, [UInt8](repeating: 0, count: 126)), 1002),
            (RawWebSocket.bytes(first: 0x88, [1]), 1002), (RawWebSocket.bytes(first: 0x88, [0x03, 0xED]), 1002),
            (RawWebSocket.bytes(first: 0x88, [0x03, 0xE8, 0xFF]), 1007), (RawWebSocket.bytes(first: 0x81, [0xC3, 0x28]), 1007),
            (RawWebSocket.bytes(first: 0x81, [0xED, 0xA0, 0x80]), 1007), (RawWebSocket.bytes(first: 0x01, [0xF4, 0x90]), 1007),
            (RawWebSocket.bytes(first: 0x81, [0xE2, 0x82]), 1007), (RawWebSocket.bytes(first: 0x81, [], declared: 17 << 20), 1009),
            (RawWebSocket.bytes(first: 0x88, []), nil), (RawWebSocket.bytes(first: 0x88, [0x0B, 0xB8]), 3000),
        ] as [([UInt8], Int?)])
    func violations(bytes: [UInt8], code: Int?) async throws {
        try await Fixture.run { fixture in
            let other = try await ready(fixture)
            let client = try await ready(fixture)
            try await client.raw.send(bytes)
            let last = try #require(try await client.frame())
            #expect(last.opcode == 8)
            #expect(last.code == code, "\(last.reason)")
            #expect(try await client.frame() == nil)
            try await expectUsable(other)
        }
    }

    @Test("what the session refuses for good closes with the status's code and its sentence")
    func refusals() async throws {
        try await Fixture.run { fixture in
            for (text, code, word) in [
                ("{\"setup\":{\"model\":\"models/other\"}}", 1008, "UNKNOWN_MODEL: "), ("{\"clientContent\":{}}", 1007, "setup"),
                ("{\"setup\":{\"model\":\"models/\(String(repeating: "o", count: 200))\"}}", 1008, "UNKNOWN_MODEL: "), ("[]", 1007, ""),
            ] {
                let client = try await RawWebSocket(fixture.path)
                try await client.send(text)
                let last = try #require(try await client.frame())
                #expect(last.opcode == 8 && last.code == code && last.reason.contains(word), "\(last)")
                #expect(last.payload.count <= 125)
            }
            // In a session a bad message is refused, and the session goes on.
            let client = try await ready(fixture)
            try await client.send("{\"bogus\":1}")
            #expect(try await client.message()?.error?.reason == "UNKNOWN_MESSAGE_KIND")
            try await expectUsable(client)
        }
    }

    @Test("a flood of pings that nobody reads the answers of fills no memory, and its last is answered")
    func pings() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            let count = 100_000
            for first in stride(from: 0, to: count, by: 1000) {
                let block = (first..<first + 1000).flatMap {
                    RawWebSocket.bytes(first: 0x89, Array("ping \($0)".utf8) + [UInt8](repeating: 0x2E, count: 90))
                }
                try await client.raw.send(block)
            }
            var pongs = 0
            while let frame = try await client.frame() {
                guard frame.opcode == 0x0A else { continue }
                pongs += 1
                if String(decoding: frame.payload, as: UTF8.self).hasPrefix("ping \(count - 1).") { break }
            }
            // What lies in the kernel's buffers, and what the channel holds until it is called full.
            #expect(pongs < count / 4)
            try await expectUsable(client)
        }
    }

    @Test("what is longer than a client has to read at once is refused in its place")
    func tooMuchToSay() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            try await client.send("{\"mm\":{\"id\":\"m\",\"metrics\":{}}}")
            let message = try await client.message()
            #expect(message?.re == "m" && message?.error?.reason == "MESSAGE_TOO_LARGE")
            try await expectUsable(client)
        }
    }

    @Test("pings are answered while the session is busy with what the client asked")
    func pingsWhileItComputes() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            // Nothing of the session answers until the gate opens.
            try await client.send("{\"realtimeInput\":{\"text\":\"wait\"}}")
            for number in 1...3 as ClosedRange<UInt8> {
                try await client.raw.send(RawWebSocket.bytes(first: 0x89, [number]))
                #expect(try await client.frame() == .init(opcode: 0xA, payload: [number]))
            }
            await fixture.service.openGate()
            try await expectUsable(client)
        }
    }

    @Test("after a frame that is too large what still comes is dropped, so that the reason can be read")
    func tooLarge() async throws {
        try await Fixture.run { fixture in
            let client = try await ready(fixture)
            try await client.raw.send(RawWebSocket.bytes(first: 0x81, [], declared: 17 << 20))
            for _ in 0..<16 { try await client.raw.send([UInt8](repeating: 0x20, count: 1 << 14)) }
            let last = try #require(try await client.frame())
            #expect(last.opcode == 8 && last.code == 1009)
        }
    }

    @Test("in a session the whole reason is a message before the close")
    func wholeReason() async throws {
        try await Fixture.run { fixture in
            let slow = try await RawWebSocket(fixture.path)
            try await slow.send("{\"setup\":{\"mm\":{\"subscribe\":[\"transcription\"]}}}")
            #expect(try await slow.frame()?.opcode == 1)
            let filler = String(repeating: "x", count: 2000)
            for _ in 0..<2000 { fixture.service.hub.publish(.inputTranscription(Transcription(text: filler, isFinished: true))) }
            var error: StatusError?
            while error == nil, let message = try await slow.message() { error = message.error }
            #expect(error?.reason == "SLOW_SUBSCRIBER" && error?.isFatal == true)
            let last = try #require(try await slow.frame())
            #expect(last.opcode == 8 && last.code == 1013 && last.reason.hasPrefix("SLOW_SUBSCRIBER: "))
        }
    }

    @Test("who says nothing is sent away, in whichever words he began")
    func silence() async throws {
        try await Fixture.run({ $0.setupTimeout = .seconds(3) }) { fixture in
            let begun = try RawClient(fixture.path)
            try await begun.send("GET /health HTTP/1.1\r\nHost: ")
            if let silent = try? await RawWebSocket(fixture.path) { #expect(try await silent.frame()?.code == 1011) }
            #expect(try await RawWebSocket.head(begun).first == "HTTP/1.1 504 Gateway Timeout")
        }
    }

    @Test("nothing large before setup, in one frame or in many")
    func largeBeforeSetup() async throws {
        try await Fixture.run { fixture in
            let client = try await RawWebSocket(fixture.path)
            let part = [UInt8](repeating: 0x20, count: 40_000)
            try? await client.raw.send(RawWebSocket.bytes(first: 0x01, part) + RawWebSocket.bytes(first: 0x00, part))
            try? await client.raw.send(RawWebSocket.bytes(first: 0x80, part))
            let last = try #require(try await client.frame())
            #expect(last.opcode == 8)
            let one = try await RawWebSocket(fixture.path)
            try? await one.raw.send(RawWebSocket.bytes(first: 0x81, [UInt8](repeating: 0x20, count: 1 << 20), declared: 2 << 20))
            #expect(try await one.frame()?.opcode == 8)
        }
    }

    @Test("the end of the daemon is close code 1001, after goAway")
    func goodbye() async throws {
        let fixture = try await Fixture()
        let client = try await ready(fixture)
        async let stopped: Void = fixture.server.shutdown(grace: .milliseconds(50))
        #expect(try await client.message()?.goAway != nil)
        #expect(try await client.frame()?.code == 1001)
        client.raw.hangUp()
        await stopped
    }

    @Test("text is UTF-8 however it is cut")
    func utf8() {
        let texts = ["plain", "é€😀", "\u{10FFFF}\u{D7FF}\u{E000}"]
        for text in texts {
            let bytes = Array(text.utf8)
            for cut in 0...bytes.count {
                var progress = UTF8Progress()
                let broken = [progress.isBroken(by: bytes[..<cut], atEnd: false), progress.isBroken(by: bytes[cut...], atEnd: true)]
                #expect(broken == [false, false])
            }
        }
        for bad in [
            [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80], [0xF5, 0x80], [0x80], [0xC3, 0x28],
            [0xE2, 0x28],
        ]
            as [[UInt8]]
        {
            // As soon as it shows: no rest would mend it.
            for atEnd in [true, false] {
                var progress = UTF8Progress()
                let isBroken = progress.isBroken(by: bad, atEnd: atEnd)
                #expect(isBroken, "\(bad)")
            }
        }
    }
}
