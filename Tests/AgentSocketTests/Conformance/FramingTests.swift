import Testing

@Suite("WebSocket conformance: framing (1), pings (2), reserved bits (3), opcodes (4), pieces (5)")
struct FramingTests {
    typealias Probe = ConformanceProbe

    @Test("1: messages of every length form, in text and binary, whole and chopped", arguments: [1, 2] as [UInt8])
    func lengths(opcode: UInt8) async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            // Nothing, which keeps the connection alive and is not answered.
            try await probe.send(Probe.frame(opcode))
            let empty = Probe.message("n").count + ",\"pad\":\"\"".count
            for length in [125, 126, 127, 128, 65_535, 65_536] {
                for chop in [nil, 997, length < 1000 ? 1 : 4096] {
                    let payload = Probe.message("n", padding: length - empty)
                    #expect(payload.count == length)
                    try await probe.send(Probe.frame(opcode, payload), chop: chop)
                    try await probe.expectEcho("n", "\(length) bytes, chopped by \(chop ?? 0)")
                }
            }
        }
    }

    @Test("2: pings are answered with their payload, pongs nobody asked for are taken")
    func pings() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            let payloads: [[UInt8]] = [
                [], Array("Hello, world!".utf8), [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF], [UInt8](repeating: 0xFE, count: 125),
            ]
            for payload in payloads {
                for chop in [nil, 1] {
                    try await probe.send(Probe.frame(9, payload), chop: chop)
                    try await probe.expectPong(payload)
                }
            }
            try await probe.send(Probe.frame(10) + Probe.frame(10, [1, 2, 3]) + Probe.frame(9, [7]))
            try await probe.expectPong([7])
            try await probe.send((0..<10).flatMap { Probe.frame(9, [$0]) }, chop: 1)
            for number in 0..<10 as Range<UInt8> { try await probe.expectPong([number]) }
            try await probe.send(Probe.frame(9, [UInt8](repeating: 0xFE, count: 126)))
            try await probe.expectClose(1002, "2.5")
        }
    }

    @Test("3: reserved bits that no extension gives a meaning", arguments: [1, 2, 3, 4, 5, 6, 7] as [UInt8])
    func reserved(bits: UInt8) async throws {
        try await Probe.run { fixture in
            let cases: [(opcode: UInt8, payload: [UInt8])] = [
                (1, Array("{}".utf8)), (2, [1]), (9, []), (8, [0x03, 0xE8]), (10, []), (1, []),
            ]
            for (opcode, payload) in cases {
                for chop in [nil, 1] {
                    let probe = try await Probe(fixture)
                    try await probe.send(Probe.frame(1, Probe.message("before")) + Probe.frame(opcode, payload, reserved: bits), chop: chop)
                    try await probe.expectClose(1002, "opcode \(opcode)")
                }
            }
        }
    }

    @Test("4: opcodes that mean nothing", arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func opcodes(opcode: UInt8) async throws {
        try await Probe.run { fixture in
            for payload in [[], Array("reserved opcode".utf8)] {
                for chop in [nil, 1] {
                    let probe = try await Probe(fixture)
                    try await probe.send(
                        Probe.frame(1, Probe.message("before")) + Probe.frame(opcode, payload) + Probe.frame(9), chop: chop)
                    try await probe.expectClose(1002)
                }
            }
        }
    }

    @Test("5: messages in pieces, with pings between, in any cut")
    func pieces() async throws {
        try await Probe.run { fixture in
            let probe = try await Probe(fixture)
            let text = Probe.message("pieces")
            for opcode in [1, 2] as [UInt8] {
                for cut in [1, 2, 5, text.count] {
                    let parts = stride(from: 0, to: text.count, by: cut).map { Array(text[$0..<min($0 + cut, text.count)]) }
                    for chop in [nil, 1] {
                        try await probe.send(Probe.pieces(opcode, parts), chop: chop)
                        try await probe.expectEcho("pieces", "5.3 to 5.5")
                        try await probe.send(Probe.pieces(opcode, parts, between: Probe.frame(9, [9])), chop: chop)
                        for _ in parts.dropFirst() { try await probe.expectPong([9], "5.6 to 5.8, 5.19, 5.20") }
                        try await probe.expectEcho("pieces")
                    }
                }
            }
            // Empty pieces are pieces.
            try await probe.send(Probe.pieces(1, [[], text, []]))
            try await probe.expectEcho("pieces", "6.1.3")
        }
    }

    @Test("5: pieces that belong to nothing, and control frames in pieces")
    func strayPieces() async throws {
        let text = Probe.message("whole")
        let begun = Probe.frame(1, Array("{".utf8), isLast: false)
        let cases: [(String, [UInt8])] = [
            ("5.1", Probe.frame(9, [1], isLast: false) + Probe.frame(0, [2])),
            ("5.2", Probe.frame(10, [1], isLast: false) + Probe.frame(0, [2])),
            ("5.9", Probe.frame(0, text) + Probe.frame(1, text)), ("5.12", Probe.frame(0, text, isLast: false) + Probe.frame(1, text)),
            ("5.15", Probe.pieces(1, [[0x7B], [0x7D]]) + Probe.frame(0, [1], isLast: false) + Probe.frame(1, text)),
            ("5.16", Probe.frame(0, [1], isLast: false) + begun + Probe.frame(0, [0x7D])),
            ("5.17", Probe.frame(0, [1]) + begun + Probe.frame(0, [0x7D])),
            ("5.18", begun + Probe.frame(1, [0x7D])), ("5.18 binary", begun + Probe.frame(2, [0x7D])),
            ("a close in pieces", Probe.frame(8, [0x03, 0xE8], isLast: false)),
        ]
        try await Probe.run { fixture in
            for (name, bytes) in cases {
                for chop in [nil, 1] {
                    let probe = try await Probe(fixture)
                    try await probe.send(bytes, chop: chop)
                    try await probe.expectClose(1002, Comment(rawValue: name))
                }
            }
        }
    }

    @Test("frames that are not masked")
    func unmasked() async throws {
        try await Probe.run { fixture in
            for opcode in [1, 2, 9, 10] as [UInt8] {
                let probe = try await Probe(fixture)
                try await probe.send(RawWebSocket.bytes(first: 0x80 | opcode, [0x7B, 0x7D], isMasked: false))
                try await probe.expectClose(1002)
            }
        }
    }
}
