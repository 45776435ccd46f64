import AgentProtocol

/// A WebSocket client whose every byte is the test's: frames as it wants them, right or wrong.
struct RawWebSocket {
    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        var isLast = true

        /// Of a close frame.
        var code: Int? { payload.count < 2 ? nil : Int(payload[0]) << 8 | Int(payload[1]) }
        var reason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }
    }

    static let path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    /// Of RFC 6455 §1.3, as is the answer to it.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    let raw: RawClient

    /// Connects and upgrades.
    /// - Parameter following: bytes that come in the same write as the request.
    init(_ socket: String, path: String = path, following: [UInt8] = []) async throws {
        try await self.init(try RawClient(socket), path: path, following: following)
    }

    /// Upgrades a connection.
    init(_ raw: RawClient, path: String = path, headers: [String] = [], following: [UInt8] = []) async throws {
        self.raw = raw
        try await raw.send(Array(Self.request(path, headers: headers).utf8) + following)
        let head = try await Self.head(raw)
        guard head.first == "HTTP/1.1 101 Switching Protocols", head.contains("Sec-WebSocket-Accept: \(Self.accept)") else {
            throw SystemFailure(call: "upgrade: \(head)", code: 0)
        }
    }

    static func request(_ path: String, headers: [String] = []) -> String {
        let lines = ["GET \(path) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        return (lines + ["Sec-WebSocket-Key: \(key)"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// The lines of an HTTP answer's head.
    static func head(_ raw: RawClient) async throws -> [String] {
        var lines: [String] = []
        while let line = try await raw.text(), line != "" { lines.append(line) }
        return lines
    }

    /// - Parameter first: the first byte, to say FIN, the reserved bits and the opcode oneself.
    static func bytes(first: UInt8, _ payload: [UInt8], isMasked: Bool = true, declared: Int? = nil) -> [UInt8] {
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        let length = declared ?? payload.count
        var bytes = [first]
        let flag: UInt8 = isMasked ? 0x80 : 0
        switch length {
        case ...125: bytes.append(flag | UInt8(length))
        case ...0xFFFF: bytes += [flag | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [flag | 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        }
        if isMasked { bytes += mask }
        return bytes + payload.enumerated().map { isMasked ? $1 ^ mask[$0 % 4] : $1 }
    }

    static func text(_ text: String) -> [UInt8] { bytes(first: 0x81, Array(text.utf8)) }

    func send(_ text: String) async throws { try await raw.send(Self.text(text)) }

    /// The next frame of the server; nil at the end of the stream.
    func frame() async throws -> Frame? {
        guard let head = try await raw.bytes(2) else { return nil }
        var length = Int(head[1] & 0x7F)
        if length >= 126 {
            guard let more = try await raw.bytes(length == 126 ? 2 : 8) else { return nil }
            length = more.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let payload = length == 0 ? [] : try await raw.bytes(length) else { return nil }
        return Frame(opcode: head[0] & 0x0F, payload: payload, isLast: head[0] & 0x80 != 0)
    }

    /// The next message.
    func message() async throws -> ReceivedMessage? {
        guard let frame = try await frame(), frame.opcode == 1, frame.isLast else { return nil }
        return try ReceivedMessage(frame.payload)
    }
}
