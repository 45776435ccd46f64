import Testing

@Suite("WebSocket conformance: closing (7), sizes and many messages (9, 10)")
struct ClosingTests {
    typealias Probe = ConformanceProbe

    private static func code(_ code: Int) -> [UInt8] { [UInt8(code >> 8), UInt8(code & 0xFF)] }

    @Test("7.1: what comes after a close is not taken")
    func afterwards() async throws {
        let close = Probe.frame(8, Self.code(1000))
        let cases: [(String, [UInt8])] = [
            ("7.1.1", Probe.frame(1, Probe.message("first")) + close), ("7.1.2", close + close), ("7.1.3", close + Probe.frame(9)),
            ("7.1.4", close + Probe.frame(1, Probe.message("late"))),
            ("7.1.5", Probe.frame(1, [0x7B], isLast: false) + close + Probe.frame(0, [0x7D])),
            ("7.1.6", Probe.frame(1, Probe.message("long", padding: 256 << 10)) + close + Probe.frame(9)),
        ]
        try await Probe.run { fixture in
            for (name, bytes) in cases {
                let probe = try await Probe(fixture)
                try await probe.send(bytes)
                try await probe.expectClose(1000, "\(name)")
            }
        }
    }

    @Test("7.3, 7.5: what a close carries")
    func payloads() async throws {
        let cases: [(String, [UInt8], Int?)] = [
            ("7.3.1", [], nil), ("7.3.2", [0x61], 1002), ("7.3.3", Self.code(1000), 1000),
            ("7.3.4", Self.code(1000) + Array("Hello World!".utf8), 1000),
            ("7.3.5", Self.code(1000) + [UInt8](repeating: 0x2A, count: 123), 1000),
            ("7.3.6", Self.code(1000) + [UInt8](repeating: 0x2A, count: 124), 1002),
            ("7.5.1", Self.code(1000) + [0xCE, 0xBA, 0xED, 0xA0, 0x80], 1007),
        ]
        try await Probe.run { fixture in
            for (name, payload, code) in cases {
                let probe = try await Probe(fixture)
                try await probe.send(Probe.frame(8, payload))
                try await probe.expectClose(code, "\(name)")
            }
        }
    }

    @Test("7.7, 7.9, 7.13: codes that may be sent come back, others end with 1002")
    func codes() async throws {
        let right = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
        let wrong = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535]
        try await Probe.run { fixture in
            for code in right + wrong {
                for reason in ["", "why"] {
                    let probe = try await Probe(fixture)
                    try await probe.send(Probe.frame(8, Self.code(code) + Array(reason.utf8)))
                    try await probe.expectClose(right.contains(code) ? code : 1002, "\(code)")
                }
            }
        }
    }

    @Test("9.1, 9.2: messages up to 16 MiB", arguments: [1, 2] as [UInt8])
    func sizes(opcode: UInt8) async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            let empty = Probe.message("n").count + ",\"pad\":\"\"".count
            for size in [64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16 << 20] {
                try await probe.send(Probe.frame(opcode, Probe.message("n", padding: size - empty)))
                try await probe.expectEcho("n", "\(size) bytes")
            }
        }
    }

    @Test("9.3 to 9.6: a large message in pieces of any size, and in writes of any size")
    func largePieces() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            let message = Probe.message("n", padding: 1 << 20)
            for size in [64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20] {
                let parts = stride(from: 0, to: message.count, by: size).map { Array(message[$0..<min($0 + size, message.count)]) }
                try await probe.send(Probe.pieces(1, parts))
                try await probe.expectEcho("n", "pieces of \(size)")
            }
            for size in [1 << 10, 2 << 10, 64 << 10] {
                try await probe.send(Probe.frame(2, message), chop: size)
                try await probe.expectEcho("n", "writes of \(size)")
            }
        }
    }

    @Test("9.7, 9.8, 10.1: a thousand messages one after the other, and pieces of 1300 bytes")
    func many() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            for padding in [0, 16, 64, 256, 1024, 4096] {
                for number in 0..<160 {
                    try await probe.send(Probe.frame(number % 2 == 0 ? 1 : 2, Probe.message("m\(number)", padding: padding)))
                    try await probe.expectEcho("m\(number)")
                }
            }
            let message = Probe.message("auto", padding: 65_536)
            let parts = stride(from: 0, to: message.count, by: 1300).map { Array(message[$0..<min($0 + 1300, message.count)]) }
            try await probe.send(Probe.pieces(1, parts))
            try await probe.expectEcho("auto")
        }
    }
}
