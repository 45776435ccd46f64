import AgentDaemon
import AgentProtocol
import AgentSocket
import Foundation
import Glibc
import Testing

/// Clients that come back to a daemon that runs, over its socket: as lines and as WebSocket.
@Suite struct ResumptionSocketTests {
    private func connect(_ running: RunningDaemon, _ setup: String, isWebSocket: Bool) async throws -> (any Talk, complete: JSONValue) {
        let talk: any Talk =
            isWebSocket ? try await WebSocketTalk(running.socket) : LineTalk(client: try await .connect(to: running.socket))
        try await talk.send("{\"setup\":\(setup)}")
        return (talk, try #require(try await talk.next()?.json["setupComplete"]))
    }

    /// Asks.
    /// - Returns: the text, its usage, and the handle that comes after it.
    private func ask(_ talk: any Talk, _ text: String) async throws -> (text: String, usage: JSONValue, handle: String) {
        try await talk.send("{\"clientContent\":{\"turns\":[{\"parts\":[{\"text\":\"\(text)\"}]}],\"turnComplete\":true}}")
        var (said, usage) = ("", JSONValue.null)
        while let message = try await talk.next() {
            said += message.text ?? ""
            if message.isTurnComplete { usage = message.json["usageMetadata"] ?? .null }
            if let update = message.json["sessionResumptionUpdate"] {
                #expect(update["resumable"] == true && message.sequence == nil)
                return (said, usage, try #require(update["newHandle"]?.string))
            }
        }
        throw WaitedTooLong()
    }

    @Test(arguments: [false, true]) func aPrivateSessionGoesOn(isWebSocket: Bool) async throws {
        let running = try await RunningDaemon.start()
        let (first, complete) = try await connect(running, #"{"sessionResumption":{}}"#, isWebSocket: isWebSocket)
        #expect(complete["mm"]?["features"]?.array?.contains("resumption") == true)
        #expect(complete["mm"]?["limits"]?["resumptionSeconds"]?.integer == 180 && complete["mm"]?["ignored"] == nil)
        let before = try await ask(first, "what is on the desk?")
        // One that shows nobody's handle, in the meantime.
        let (stranger, refused) = try await refusal(running, "none-of-ours", isWebSocket: isWebSocket)
        #expect(refused == (isWebSocket ? "1008 UNKNOWN_HANDLE" : "UNKNOWN_HANDLE"))
        await stranger.close()
        // While the former connection is open.
        let resumption = "{\"sessionResumption\":{\"handle\":\"\(before.handle)\"}}"
        let (second, again) = try await connect(running, resumption, isWebSocket: isWebSocket)
        #expect(again["sessionId"] == complete["sessionId"])
        #expect(try await ending(first) == (isWebSocket ? "1000 SESSION_RESUMED" : "SESSION_RESUMED"))
        let after = try await ask(second, "what is on the desk?")
        func tokens(_ usage: JSONValue) -> Int64 { usage["promptTokenCount"]?.integer ?? 0 }
        #expect(tokens(after.usage) > tokens(before.usage))
        // And when it was lost.
        await second.close()
        let (third, _) = try await connect(
            running, "{\"sessionResumption\":{\"handle\":\"\(after.handle)\"}}", isWebSocket: isWebSocket)
        #expect(tokens(try await ask(third, "what is on the desk?").usage) > tokens(after.usage))
        await third.close()
        await running.stop()
    }

    @Test(arguments: [false, true]) func theMainSessionGoesOnOverARestart(isWebSocket: Bool) async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString.prefix(8))").path
        defer { try? FileManager.default.removeItem(atPath: state) }
        let first = try await RunningDaemon.start { $0.state.path = state }
        let (client, complete) = try await connect(
            first, #"{"model":"models/mmagent-main","sessionResumption":{}}"#, isWebSocket: isWebSocket)
        #expect(complete["sessionId"] == "main")
        var handle = try await ask(client, "hm?").handle
        // With goAway comes the last one.
        async let stopping: Void = first.stop()
        var isTold = false
        while let message = try? await client.next() {
            isTold = isTold || message.goAway != nil
            if let newer = message.json["sessionResumptionUpdate"]?["newHandle"]?.string { handle = newer }
        }
        await stopping
        #expect(isTold)
        let second = try await RunningDaemon.start { $0.state.path = state }
        let (back, again) = try await connect(
            second, "{\"sessionResumption\":{\"handle\":\"\(handle)\"},\"mm\":{\"version\":1}}", isWebSocket: isWebSocket)
        #expect(again["sessionId"] == "main")
        let gap = try #require(try await back.next()?.native("gap"))
        #expect(gap["from"] == again["mm"]?["next"] && gap["to"]?.integer == 10_000)
        _ = try await ask(back, "hm?")
        await back.close()
        await second.stop()
    }

    @Test func offByConfiguration() async throws {
        let running = try await RunningDaemon.start { $0.live.sessionTTL = 0 }
        let (client, complete) = try await connect(running, #"{"sessionResumption":{}}"#, isWebSocket: false)
        #expect(complete["mm"]?["features"]?.array?.contains("resumption") == false)
        #expect(complete["mm"]?["limits"]?["resumptionSeconds"]?.integer == 0)
        #expect(complete["mm"]?["ignored"]?.array?.first?.string?.hasPrefix("setup.sessionResumption: ") == true)
        await client.close()
        let (stranger, refused) = try await refusal(running, "main-0-\(String(repeating: "0", count: 64))", isWebSocket: false)
        #expect(refused == "UNKNOWN_HANDLE")
        await stranger.close()
        await running.stop()
    }

    private func refusal(_ running: RunningDaemon, _ handle: String, isWebSocket: Bool) async throws -> (any Talk, String) {
        let talk: any Talk =
            isWebSocket ? try await WebSocketTalk(running.socket) : LineTalk(client: try await .connect(to: running.socket))
        try await talk.send("{\"setup\":{\"sessionResumption\":{\"handle\":\"\(handle)\"}}}")
        return (talk, try await ending(talk))
    }

    /// Reads to the connection's end. - Returns: why it ended.
    private func ending(_ talk: any Talk) async throws -> String {
        var reason = ""
        while let message = try await talk.next() { reason = message.error?.reason ?? reason }
        return await talk.closing ?? reason
    }
}

/// A connection that sends texts and receives messages.
private protocol Talk: Sendable {
    func send(_ text: String) async throws
    /// nil: the connection has ended.
    func next() async throws -> ReceivedMessage?
    func close() async
    /// Close code and the reason's name; nil: the transport has none.
    var closing: String? { get async }
}

private struct LineTalk: Talk {
    let client: AgentClient
    let closing: String? = nil

    func send(_ text: String) async throws { try await client.send(line: Array(text.utf8)) }
    func next() async throws -> ReceivedMessage? { try await client.next() }
    func close() async { await client.close() }
}

/// As much of a WebSocket client as a daemon needs that sends one unmasked text frame a message. Calls block threads of their own.
private actor WebSocketTalk: Talk {
    private let descriptor: Int32
    private var unread: [UInt8] = []
    private(set) var closing: String?

    init(_ path: String) async throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let problem = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard problem == 0 else { throw WaitedTooLong() }
        try await write(
            Array(
                ("GET /ws/BidiGenerateContent HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8))
        while !unread.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard try await fill(unread.count + 1) else { throw WaitedTooLong() }
        }
        unread = []
    }

    func send(_ text: String) async throws {
        let payload = Array(text.utf8)
        let length = payload.count < 126 ? [UInt8(payload.count)] : [126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        // A mask of zeros leaves the payload as it is.
        try await write([0x81, length[0] | 0x80] + length.dropFirst() + [0, 0, 0, 0] + payload)
    }

    func next() async throws -> ReceivedMessage? {
        guard closing == nil, try await fill(2) else { return nil }
        let (opcode, short) = (unread[0] & 0x0F, Int(unread[1]))
        var head = 2
        var length = short
        if short >= 126 {
            head += short == 126 ? 2 : 8
            guard try await fill(head) else { return nil }
            length = unread[2..<head].reduce(0) { $0 << 8 | Int($1) }
        }
        guard try await fill(head + length) else { return nil }
        let payload = Array(unread[head..<head + length])
        unread.removeFirst(head + length)
        guard opcode == 8 else { return try ReceivedMessage(payload) }
        let reason = String(decoding: payload.dropFirst(2), as: UTF8.self).prefix { $0 != ":" }
        closing = "\(Int(payload[0]) << 8 | Int(payload[1])) \(reason)"
        return nil
    }

    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    deinit { Glibc.close(descriptor) }

    private func write(_ bytes: [UInt8]) async throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw WaitedTooLong() }
    }

    /// Reads until so many bytes are there; false: the connection has ended.
    private func fill(_ count: Int) async throws -> Bool {
        while unread.count < count {
            let descriptor = descriptor
            let piece: [UInt8]? = await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    var bytes = [UInt8](repeating: 0, count: 65_536)
                    guard poll(&ready, 1, 60_000) > 0 else { return continuation.resume(returning: nil) }
                    let count = max(0, recv(descriptor, &bytes, bytes.count, 0))
                    continuation.resume(returning: Array(bytes.prefix(count)))
                }
            }
            guard let piece else { throw WaitedTooLong() }
            if piece.isEmpty { return false }
            unread += piece
        }
        return true
    }
}
