import AgentProtocol
import AgentSocket
import Glibc
import Testing

/// A WebSocket connection under examination. The numbers of the tests are those of the Autobahn test suite's server cases, which
/// expect an echo: a message comes back here as the name (`mm.id`) that its answer repeats, or, where it is no message of ours, as a
/// refusal that leaves the connection open.
struct ConformanceProbe {
    let client: RawWebSocket

    /// A server that nobody is too slow for: other tests' long messages take the machine's time.
    static func run(_ body: (Fixture) async throws -> Void) async throws {
        try await Fixture.run({ $0.setupTimeout = .seconds(300) }, body)
    }

    init(_ fixture: Fixture) async throws {
        client = try await RawWebSocket(fixture.path)
        try await client.send("{\"setup\":{\"mm\":{\"subscribe\":[]}}}")
        #expect(try await client.message()?.isSetupComplete == true)
    }

    /// A message that is answered with `re` = `name`.
    static func message(_ name: String, padding: Int = 0) -> [UInt8] {
        let pad = padding > 0 ? ",\"pad\":\"" + String(repeating: "*", count: padding) + "\"" : ""
        return Array("{\"mm\":{\"id\":\"\(name)\",\"devices\":{}\(pad)}}".utf8)
    }

    /// One frame.
    static func frame(_ opcode: UInt8, _ payload: [UInt8] = [], isLast: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
        RawWebSocket.bytes(first: (isLast ? 0x80 : 0) | reserved << 4 | opcode, payload)
    }

    /// A message in pieces.
    static func pieces(_ opcode: UInt8, _ parts: [[UInt8]], between: [UInt8] = []) -> [UInt8] {
        parts.enumerated().flatMap { index, part in
            frame(index == 0 ? opcode : 0, part, isLast: index == parts.count - 1) + (index < parts.count - 1 ? between : [])
        }
    }

    /// - Parameter chop: bytes of one write; nil: all at once. The server may have closed before all is out.
    func send(_ bytes: [UInt8], chop: Int? = nil) async throws {
        guard let chop else { return try await client.raw.send(bytes) }
        for start in stride(from: 0, to: bytes.count, by: chop) {
            do {
                try await client.raw.send(Array(bytes[start..<min(start + chop, bytes.count)]))
            } catch let failure as SystemFailure where failure.code == EPIPE || failure.code == ECONNRESET { return }
        }
    }

    /// The next message is the answer to `name`; what is told as ignored comes before it.
    func expectEcho(_ name: String, _ what: Comment = "", at location: SourceLocation = #_sourceLocation) async throws {
        var message = try await client.message()
        if message?.json["mm"]?["ignored"] != nil { message = try await client.message() }
        #expect(message?.re == .string(name), what, sourceLocation: location)
    }

    func expectPong(_ payload: [UInt8], _ what: Comment = "", at location: SourceLocation = #_sourceLocation) async throws {
        #expect(try await client.frame() == .init(opcode: 0xA, payload: payload), what, sourceLocation: location)
    }

    /// It goes on as if nothing had been.
    func expectUsable(_ what: Comment = "", at location: SourceLocation = #_sourceLocation) async throws {
        try await send(Self.frame(1, Self.message("usable")))
        try await expectEcho("usable", what, at: location)
    }

    /// It is closed with a code, and then ends; messages that were right and came before may be answered first.
    func expectClose(_ code: Int?, _ what: Comment = "", at location: SourceLocation = #_sourceLocation) async throws {
        var frame = try await client.frame()
        while let before = frame, before.opcode != 8 { frame = try await client.frame() }
        #expect(frame?.opcode == 8 && frame?.code == code, what, sourceLocation: location)
        #expect(try await client.frame() == nil, what, sourceLocation: location)
    }
}
