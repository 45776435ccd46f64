import AgentProtocol
import AgentSocket
import Glibc
import Testing

@Suite("The client's errors")
struct AgentClientTests {
    @Test("no socket, a dead socket, and no socket at all are: no daemon")
    func noDaemon() async throws {
        let directory = try TemporaryDirectory()
        await #expect(throws: AgentClientError.noDaemon(path: directory.socket, errno: ENOENT)) {
            try await AgentClient.connect(to: directory.socket)
        }
        let fixture = try await Fixture()
        await fixture.stop()
        await #expect(throws: AgentClientError.noDaemon(path: fixture.path, errno: ENOENT)) {
            try await AgentClient.connect(to: fixture.path)
        }
        let file = open(directory.socket, O_CREAT | O_WRONLY, 0o600)
        close(file)
        await #expect(throws: AgentClientError.noDaemon(path: directory.socket, errno: ECONNREFUSED)) {
            try await AgentClient.connect(to: directory.socket)
        }
        let long = "/" + String(repeating: "x", count: 200)
        await #expect(throws: AgentClientError.pathTooLong(path: long, limit: 107)) { try await AgentClient.connect(to: long) }
    }

    @Test("an answer that does not come is a timeout, and the connection stays usable")
    func timeout() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client()
            let limit = Duration.milliseconds(50)
            await #expect(throws: AgentClientError.timedOut(waitingFor: "news", after: limit)) {
                try await client.next(waitingFor: "news", timeout: limit)
            }
            try await client.send(ClientMessage(.native(.status), id: 7))
            #expect(try await client.reply(to: 7).re == 7)
            await client.close()
        }
    }

    @Test("a cancelled task stops waiting")
    func cancellation() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client()
            let task = Task { try await client.next() }
            task.cancel()
            await #expect(throws: AgentClientError.cancelled) { try await task.value }
            await client.close()
        }
    }

    @Test("a daemon that goes away is: closed")
    func closed() async throws {
        let fixture = try await Fixture()
        let client = try await fixture.client()
        await fixture.stop()
        _ = try await client.next()
        await #expect(throws: AgentClientError.closed(waitingFor: "answer")) { try await client.reply(to: "x") }
    }

    @Test("messages pile up in the socket, not in the client, and none is lost")
    func backpressure() async throws {
        try await Fixture.run { fixture in
            let client = try await fixture.client()
            for number in 0..<5000 {
                fixture.service.hub.publish(.modelTurn(text: "\(number) "), turn: "t")
                if number % 100 == 0 { try await Task.sleep(for: .milliseconds(1)) }
            }
            fixture.service.hub.publish(.turnComplete(TurnComplete()), turn: "t")
            var text = ""
            while let message = try await client.next(), !message.isTurnComplete { text += message.text ?? "" }
            #expect(text == (0..<5000).map { "\($0) " }.joined())
            await client.close()
        }
    }

    @Test("where a crowd fills the kernel's queue, it waits for its turn; for no longer than it may, and then says why")
    func crowdedQueue() async throws {
        let directory = try TemporaryDirectory()
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: directory.socket.utf8) }
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
        }
        #expect(withAddress { bind(listener, $0, $1) } == 0 && listen(listener, 0) == 0)
        var crowd: [Int32] = []
        defer { for one in crowd { close(one) } }
        while true {
            crowd.append(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0))
            if withAddress({ connect(crowd[crowd.count - 1], $0, $1) }) != 0 { break }
        }
        await #expect(throws: AgentClientError.crowded(path: directory.socket)) {
            _ = try await AgentClient.connect(to: directory.socket, timeout: .milliseconds(100))
        }
        let path = directory.socket
        let connecting = Task { try await AgentClient.connect(to: path, timeout: .seconds(60)) }
        try await Task.sleep(for: .milliseconds(100))
        close(accept(listener, nil, nil))
        let client = try await connecting.value
        await client.close()
    }
}
