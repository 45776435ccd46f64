import AgentProtocol
import Testing

@Suite("WebSocket conformance: UTF-8 (6)")
struct UTF8Tests {
    typealias Probe = ConformanceProbe

    private static func bytes(_ hex: String) -> [UInt8] { hex.split(separator: " ").map { UInt8($0, radix: 16)! } }

    /// Text that is UTF-8, and in part the edge of what is.
    static let right: [(String, [UInt8])] =
        [
            ("6.2", Array("Hello-µ@ßöäüàá-UTF-8!!".utf8)), ("6.5", bytes("ce ba e1 bd b9 cf 83 ce bc ce b5")), ("6.7.2", bytes("c2 80")),
            ("6.7.3", bytes("e0 a0 80")), ("6.7.4", bytes("f0 90 80 80")), ("6.9.1", bytes("7f")), ("6.9.2", bytes("df bf")),
            ("6.9.3", bytes("ef bf bf")), ("6.9.4", bytes("f4 8f bf bf")), ("6.11.1", bytes("ed 9f bf")), ("6.11.2", bytes("ee 80 80")),
            ("6.11.3", bytes("ef bf bd")), ("6.23.1", bytes("ef bf be")),
        ]
        // Noncharacters of every plane are characters on the wire.
        + (0...16).flatMap { plane in
            [0xFFFE, 0xFFFF].map { ("6.22", Array(String(Unicode.Scalar(plane << 16 | $0)!).utf8)) }
        }

    /// Bytes that are no UTF-8, wherever a frame or a write cuts them.
    static let wrong: [(String, [UInt8])] =
        [
            ("6.3", bytes("ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65 64 69 74 65 64")),
            ("6.4.1", bytes("ce ba e1 bd b9 f4 90 80 80 65 64")),
            ("6.8.1", bytes("f8 88 80 80 80")), ("6.8.2", bytes("fc 84 80 80 80 80")), ("6.10.1", bytes("f7 bf bf bf")),
            ("6.10.2", bytes("fb bf bf bf bf")), ("6.10.3", bytes("fd bf bf bf bf bf")), ("6.11.5", bytes("f4 90 80 80")),
            ("6.12.1", bytes("80")),
            ("6.12.2", bytes("bf")), ("6.12.8", (0x80...0xBF).map { UInt8($0) }), ("6.13.1", (0xC0...0xDF).flatMap { [UInt8($0), 0x20] }),
            ("6.13.2", (0xE0...0xEF).flatMap { [UInt8($0), 0x20] }), ("6.13.3", (0xF0...0xF7).flatMap { [UInt8($0), 0x20] }),
            ("6.13.4", (0xF8...0xFB).flatMap { [UInt8($0), 0x20] }), ("6.13.5", bytes("fc 20 fd 20")), ("6.14.1", bytes("c0")),
            ("6.14.2", bytes("e0 80")), ("6.14.3", bytes("f0 80 80")), ("6.14.6", bytes("df")), ("6.14.7", bytes("ef bf")),
            ("6.14.8", bytes("f7 bf bf")),
            ("6.15", bytes("c0 e0 80 f0 80 80 f8 80 80 80 fc 80 80 80 80 df ef bf f7 bf bf fb bf bf bf fd bf bf bf bf")),
            ("6.16.1", bytes("fe")),
            ("6.16.2", bytes("ff")), ("6.16.3", bytes("fe fe ff ff")), ("6.17.1", bytes("c0 af")), ("6.17.2", bytes("e0 80 af")),
            ("6.17.3", bytes("f0 80 80 af")), ("6.17.4", bytes("f8 80 80 80 af")), ("6.17.5", bytes("fc 80 80 80 80 af")),
            ("6.18.1", bytes("c1 bf")),
            ("6.18.2", bytes("e0 9f bf")), ("6.18.3", bytes("f0 8f bf bf")), ("6.19.1", bytes("c0 80")), ("6.19.2", bytes("e0 80 80")),
            ("6.19.3", bytes("f0 80 80 80")), ("6.21.1", bytes("ed a0 80 ed b0 80")), ("6.21.8", bytes("ed af bf ed bf bf")),
        ] + ["a0 80", "ad bf", "ae 80", "af bf", "b0 80", "be 80", "bf bf"].map { ("6.20", bytes("ed " + $0)) }

    @Test("what is UTF-8 comes back as it is, whole, in pieces cut within characters, and a byte at a time")
    func valid() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            for (name, text) in Self.right {
                let told = String(decoding: text, as: UTF8.self)
                let message = Probe.message(told)
                let middle = message.count / 2
                for bytes in [
                    Probe.frame(1, message), Probe.pieces(1, message.map { [$0] }),
                    Probe.pieces(1, [Array(message[..<middle]), Array(message[middle...])]),
                ] {
                    try await probe.send(bytes)
                    try await probe.expectEcho(told, "\(name)")
                }
                try await probe.send(Probe.frame(1, message), chop: 1)
                try await probe.expectEcho(told, "\(name), chopped")
            }
        }
    }

    @Test("what is none ends the connection with 1007, whole, in pieces, and a byte at a time", arguments: 0..<4)
    func invalid(way: Int) async throws {
        try await Probe.run { fixture in
            for (name, text) in Self.wrong {
                let probe = try await Probe(fixture)
                switch way {
                case 0: try await probe.send(Probe.frame(1, text))
                case 1: try await probe.send(Probe.pieces(1, text.map { [$0] }))
                case 2: try await probe.send(Probe.frame(1, Array("{\"mm\":{\"id\":\"".utf8) + text + Array("\"}}".utf8)), chop: 1)
                default: try await probe.send(Probe.frame(1, text, isLast: false) + Probe.frame(0, Array("rest".utf8)))
                }
                try await probe.expectClose(1007, "\(name)")
            }
        }
    }

    @Test("6.4: it fails as soon as it shows, not when the message ends")
    func early() async throws {
        try await Probe.run { fixture in
            for start in [Self.bytes("ce ba f4 90"), Self.bytes("ed a0"), Self.bytes("c0"), Self.bytes("7b ff")] {
                let probe = try await Probe(fixture)
                try await probe.send(Probe.frame(1, start, isLast: false))
                try await probe.expectClose(1007)
            }
        }
    }

    @Test("binary messages are UTF-8 as well, and a wrong one is refused alone")
    func binary() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            for (name, text) in Self.wrong {
                try await probe.send(Probe.frame(2, text))
                #expect(try await probe.client.message()?.error?.status == .invalidArgument, "\(name)")
            }
            try await probe.expectUsable()
        }
    }
}
