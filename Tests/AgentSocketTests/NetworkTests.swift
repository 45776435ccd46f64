import AgentProtocol
import AgentSocket
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@Suite("The network's entrance")
struct NetworkTests {
    private static let owner = "an-owner's-key-0123456789"
    private static let observer = "an-observer's-key-0123456789"

    private static func access(hosts: Set<String> = [], origins: Set<String> = []) throws -> NetworkAccess {
        NetworkAccess(keys: try KeyRing("\(owner) owner panel\n\(observer) observer lamp\n", file: "keys"), hosts: hosts, origins: origins)
    }

    /// A server that listens in the clear, at a port of its own.
    private func run(
        _ access: NetworkAccess? = nil, _ change: (inout AgentServer.Configuration) -> Void = { _ in }, tls: TLSIdentity? = nil,
        _ body: (Fixture, Int) async throws -> Void
    ) async throws {
        try await Fixture.run(change) { fixture in
            let address = try #require(ListenAddress("127.0.0.1:0"))
            try await fixture.server.listen(at: address, access: try access ?? Self.access(), tls: tls)
            try await body(fixture, try #require(fixture.server.networkPorts.first))
        }
    }

    private func answer(_ port: Int, _ request: String) async throws -> (status: String, text: String) {
        let raw = try RawClient(port: port)
        try await raw.send(request)
        let head = try await RawWebSocket.head(raw)
        var text = head.dropFirst().joined(separator: "\n") + "\n"
        if head.first?.contains("101") != true { while let line = try await raw.text() { text += line } }
        return (head.first ?? "", text)
    }

    @Test("a key in each of its places opens; the session knows whose it is, and its role")
    func keys() async throws {
        try await run { fixture, port in
            let ways: [(path: String, headers: [String])] = [
                (RawWebSocket.path, ["x-goog-api-key: \(Self.owner)"]), (RawWebSocket.path, ["Authorization: Bearer \(Self.owner)"]),
                (RawWebSocket.path, ["Authorization: token \(Self.owner)"]),
                (RawWebSocket.path + "?a=b&key=an-owner%27s-key-0123456789", []),
            ]
            for (path, headers) in ways {
                let client = try await RawWebSocket(RawClient(port: port), path: path, headers: headers)
                try await client.send("{\"setup\":{}}")
                #expect(try await client.message()?.isSetupComplete == true)
            }
            #expect(await fixture.service.contexts.map(\.principal) == Array(repeating: .key("panel"), count: ways.count))
        }
    }

    @Test("a role is the key's: what it may not do is refused, and so is a higher one")
    func roles() async throws {
        try await run { _, port in
            let client = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.observer)"])
            try await client.send("{\"setup\":{\"mm\":{}}}")
            #expect(try await client.message()?.isSetupComplete == true)
            try await client.send("{\"mm\":{\"id\":1,\"mute\":{\"modality\":\"mic\"}}}")
            #expect(try await client.message()?.error?.status == .permissionDenied)
            let greedy = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.observer)"])
            try await greedy.send("{\"setup\":{\"mm\":{\"role\":\"owner\"}}}")
            let close = try await greedy.frame()
            #expect(close?.code == 1008 && close?.reason.contains("key \"lamp\" may be observer") == true)
        }
    }

    @Test("who shows nothing, or something wrong, reads why")
    func refusals() async throws {
        let access = try Self.access(hosts: ["Robot.local"], origins: ["https://Panel.example"])
        try await run(access) { fixture, port in
            let key = "x-goog-api-key: \(Self.owner)"
            func request(_ headers: String...) -> String { RawWebSocket.request(RawWebSocket.path, headers: headers) }
            let cases: [(request: String, status: String, text: String)] = [
                (request(), "401", "a key is needed"), (request("x-goog-api-key: nonsense"), "401", "opens nothing here"),
                (request("x-goog-api-key: "), "401", "opens nothing"),
                (request("Authorization: Basic abc"), "401", "WWW-Authenticate: Bearer"),
                (request(key, "Origin: https://evil.example"), "403", "https://evil.example"),
                (request(key, "Origin: https://panel.example"), "101", ""), (request(key, "Host: localhost"), "403", "names 2"),
                (request(key).replacing("Host: localhost", with: "Host: evil.example"), "403", "evil.example is no name of this machine"),
                (request(key).replacing("Host: localhost", with: "Host: localhost.evil.example"), "403", "localhost.evil.example"),
                (request(key).replacing("Host: localhost", with: "Host: robot.LOCAL:8443"), "101", ""),
                (request(key).replacing("Host: localhost", with: "Host: [::1]:8443"), "101", ""),
                (request(key).replacing("Host: localhost", with: "Host: 127.0.0.1"), "101", ""),
                ("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "401", "a key is needed"),
                ("GET /health HTTP/1.1\r\nHost: localhost\r\n\(key)\r\n\r\n", "200", "fine"),
                ("GET /health HTTP/1.0\r\n\(key)\r\n\r\n", "403", "names 0"), ("{\"setup\":{}}\n", "400", "on the Unix socket alone"),
            ]
            for (request, status, text) in cases {
                let answer = try await answer(port, request)
                #expect(answer.status.contains(status) && (text.isEmpty || answer.text.contains(text)), "\(request): \(answer)")
                #expect(!answer.text.contains(Self.owner))
            }
            try await eventually("all have gone") { fixture.server.connectionCount == 0 }
        }
    }

    @Test("past ten wrong keys in a minute an address waits; a right key still opens")
    func guesses() async throws {
        try await run { _, port in
            for number in 1...12 {
                let answer = try await answer(port, RawWebSocket.request(RawWebSocket.path, headers: ["x-goog-api-key: wrong\(number)"]))
                #expect(answer.status.contains(number <= 10 ? "401" : "429"), "\(number): \(answer)")
                if number > 10 { #expect(answer.text.contains("Retry-After: ")) }
            }
            _ = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.owner)"])
        }
    }

    @Test("keys change while it runs: the old one opens no more, who is in stays in")
    func change() async throws {
        try await run { fixture, port in
            let client = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.owner)"])
            try await client.send("{\"setup\":{\"mm\":{}}}")
            #expect(try await client.message()?.isSetupComplete == true)
            fixture.server.change(access: NetworkAccess(keys: try KeyRing("another-key-0123456789 owner panel", file: "keys")))
            #expect(
                try await answer(port, RawWebSocket.request(RawWebSocket.path, headers: ["x-goog-api-key: \(Self.owner)"])).status.contains(
                    "401"))
            try await client.send("{\"mm\":{\"id\":\"on\",\"devices\":{}}}")
            #expect(try await client.message()?.re == "on")
        }
    }

    @Test("several listeners have one gate: keys that change, change at all of them")
    func listeners() async throws {
        try await run { fixture, first in
            let another = try #require(ListenAddress("127.0.0.2:0"))
            try await fixture.server.listen(at: another, access: try Self.access(), tls: nil)
            fixture.server.change(access: NetworkAccess(keys: try KeyRing("another-key-0123456789 owner panel", file: "keys")))
            let old = RawWebSocket.request(RawWebSocket.path, headers: ["x-goog-api-key: \(Self.owner)"])
            for port in fixture.server.networkPorts {
                let raw = try RawClient(port: port, address: port == first ? 0x7F00_0001 : 0x7F00_0002)
                try await raw.send(old)
                #expect(try await RawWebSocket.head(raw).first?.contains("401") == true)
            }
            #expect(fixture.server.networkPorts.count == 2)
        }
    }

    @Test("those who say nothing are bounded, and closed in time; they keep out nobody who has a key")
    func strangers() async throws {
        try await run(nil, { $0.setupTimeout = .seconds(2) }) { fixture, port in
            let silent = try (0..<80).map { _ in try RawClient(port: port) }
            try await eventually("the oldest of too many are closed") { fixture.server.connectionCount == 64 }
            _ = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.owner)"])
            try await eventually("the others are, in time") { fixture.server.connectionCount == 0 }
            _ = try await RawWebSocket(RawClient(port: port), headers: ["x-goog-api-key: \(Self.owner)"])
            withExtendedLifetime(silent) {}
        }
    }

    @Test("in the clear only for this machine's own programs")
    func plain() async throws {
        try await Fixture.run { fixture in
            let everywhere = try #require(ListenAddress("0.0.0.0:0"))
            await #expect(throws: AgentSocketError.plainNetwork(address: "0.0.0.0:0")) {
                try await fixture.server.listen(at: everywhere, access: try Self.access(), tls: nil)
            }
        }
    }

    // MARK: TLS

    @Test("a certificate of this machine's own is for its names, and lasts")
    func certificate() throws {
        let made = try SelfSigned(hosts: ["robot.local", "192.168.1.5"])
        #expect(SelfSigned.serves(made.certificate, hosts: ["robot.local", "192.168.1.5", "localhost", "127.0.0.1", "::1"]))
        #expect(!SelfSigned.serves(made.certificate, hosts: ["other.local"]))
        let day = 86_400.0
        #expect(SelfSigned.serves(made.certificate, hosts: ["localhost"], now: Date() + 790 * day))
        #expect(!SelfSigned.serves(made.certificate, hosts: ["localhost"], now: Date() + 800 * day))
        #expect(!SelfSigned.serves("nonsense", hosts: []))
        _ = try TLSIdentity(certificate: made.certificate, privateKey: made.privateKey)
        let other = try SelfSigned(hosts: [])
        for (certificate, key) in [("", made.privateKey), (made.certificate, ""), (made.certificate, other.privateKey)] {
            #expect(throws: TLSIdentityError.self) { try TLSIdentity(certificate: certificate, privateKey: key) }
        }
    }

    /// A server with TLS, and what a client needs to trust it.
    /// - Parameter patience: with who says nothing; a handshake among hundreds of tests may take seconds.
    private func runTLS(patience: Duration = .seconds(120), _ body: (Fixture, Int, NIOSSLContext) async throws -> Void) async throws {
        let made = try SelfSigned(hosts: [])
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(made.certificate.utf8)))
        let trusting = try NIOSSLContext(configuration: configuration)
        let identity = try TLSIdentity(certificate: made.certificate, privateKey: made.privateKey)
        try await run(nil, { $0.setupTimeout = patience }, tls: identity) { fixture, port in try await body(fixture, port, trusting) }
    }

    private static let request = RawWebSocket.request(RawWebSocket.path, headers: ["x-goog-api-key: \(owner)"])

    @Test("over TLS a client that trusts the certificate comes in, and when it goes it is gone")
    func tls() async throws {
        try await runTLS { fixture, port, trusting in
            let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
                channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: trusting, serverHostname: "localhost"))
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
            try await client.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: Self.request))
                var text = ""
                for try await buffer in inbound {
                    text += String(buffer: buffer)
                    if text.contains("\r\n\r\n") { break }
                }
                #expect(text.hasPrefix("HTTP/1.1 101"))
            }
            try await eventually("it is gone") { fixture.server.connectionCount == 0 }
        }
    }

    @Test("where TLS is spoken, who speaks in the clear is closed")
    func clearText() async throws {
        try await runTLS { fixture, port, _ in
            let plain = try RawClient(port: port)
            try await plain.send(Self.request)
            #expect(try await plain.bytes(1) == nil)
            try await eventually("it is gone") { fixture.server.connectionCount == 0 }
        }
    }

    @Test("where TLS is spoken, who says nothing, or only half a hello, is closed in time", arguments: [0, 1, 40])
    func silence(bytes: Int) async throws {
        try await runTLS(patience: .seconds(2)) { fixture, port, _ in
            let silent = try RawClient(port: port)
            // The head of a handshake record that announces 512 bytes.
            try await silent.send(
                Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03].prefix(bytes))
                    + [UInt8](repeating: 7, count: max(0, bytes - 11)))
            try await eventually("it is gone") { fixture.server.connectionCount == 0 }
            withExtendedLifetime(silent) {}
        }
    }
}
