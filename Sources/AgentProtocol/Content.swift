/// Bytes with a media type: `{"mimeType":"image/jpeg","data":"<base64>"}`.
public struct Blob: Sendable, Hashable {
    /// As sent, with parameters: `audio/pcm;rate=16000`.
    public var mimeType: String
    public var data: [UInt8]

    public init(mimeType: String, data: [UInt8]) {
        self.mimeType = mimeType
        self.data = data
    }

    /// The type without parameters, in lower case: `audio/pcm`.
    public var mediaType: String {
        trimmed(mimeType.prefix { $0 != ";" }).lowercased()
    }

    /// The parameters of the media type in their order: `rate` with `16000` of `audio/pcm;rate=16000`. Names are in lower case.
    public var parameters: [(name: String, value: String)] {
        mimeType.split(separator: ";").dropFirst().map { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            return (pair.first.map { trimmed($0).lowercased() } ?? "", pair.count == 2 ? trimmed(pair[1]) : "")
        }
    }

    /// The longest media type taken: it is taken apart, and told in errors, as often as it is asked for.
    public static let maximumTypeBytes = 256

    /// - Parameter name: of the field with the media type.
    init(_ fields: Fields, type name: String = "mimeType") throws(ProtocolError) {
        guard let mimeType = try fields.string(name) else {
            throw .missingField(path: fields.path(name), expected: "a media type such as image/jpeg")
        }
        guard mimeType.utf8.count <= Self.maximumTypeBytes else {
            throw .outOfRange(
                path: fields.path(name), value: "\(mimeType.utf8.count) bytes long", range: "at most \(Self.maximumTypeBytes) bytes")
        }
        guard let text = try fields.string("data") else {
            throw .missingField(path: fields.path("data"), expected: "a base64 string")
        }
        self.mimeType = mimeType
        data = try Base64.decode(text, path: fields.path("data"))
    }

    private func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension Blob {
    /// What a sound's parameters may be.
    public static let rates = 8_000...192_000
    public static let channelCounts = 1...8

    /// Whether it is sound that is read: `audio/pcm`, or `audio/l16`.
    public var isReadableSound: Bool { mediaType == "audio/pcm" || mediaType == "audio/l16" }

    /// The samples of `audio/pcm`, 16-bit little-endian, or `audio/l16`, whose bytes come in network order (RFC 2586): scaled to
    /// [-1, 1), the channels mixed into one.
    /// - Returns: the sample rate in Hz (parameter `rate`, 16000 when absent) and the samples.
    /// - Throws: ``ProtocolError/unsupportedMIMEType(path:value:supported:)``, ``ProtocolError/oddPCMLength(bytes:frame:)``,
    ///   ``ProtocolError/outOfRange(path:value:range:)`` for a rate outside 8000…192000 or channels outside 1…8,
    ///   ``ProtocolError/unknownParameter(path:value:name:known:)`` for any other parameter but `codec=pcm`.
    public func pcm16() throws(ProtocolError) -> (rate: Int, samples: [Float]) {
        let isBigEndian = mediaType == "audio/l16"
        guard isReadableSound else {
            throw .unsupportedMIMEType(path: "mimeType", value: mimeType, supported: "audio/pcm;rate=16000 (16-bit little-endian)")
        }
        var (rate, channels) = (16_000, 1)
        for (name, value) in parameters {
            switch name {
            case "rate": rate = try Self.number(value, of: name, in: Self.rates, mimeType)
            case "channels": channels = try Self.number(value, of: name, in: Self.channelCounts, mimeType)
            case "codec" where value.lowercased() == "pcm": break
            default:
                throw .unknownParameter(path: "mimeType", value: mimeType, name: name, known: ["rate", "channels", "codec=pcm"])
            }
        }
        let frame = 2 * channels
        guard data.count.isMultiple(of: frame) else { throw .oddPCMLength(bytes: data.count, frame: frame) }
        let scale = 1 / (32768 * Float(channels))
        let (high, low) = isBigEndian ? (0, 1) : (1, 0)
        let samples = stride(from: 0, to: data.count, by: frame).map { start in
            stride(from: start, to: start + frame, by: 2).reduce(Float(0)) { sum, index in
                sum + Float(Int16(bitPattern: UInt16(data[index + low]) | UInt16(data[index + high]) << 8))
            } * scale
        }
        return (rate, samples)
    }

    private static func number(
        _ text: String, of name: String, in range: ClosedRange<Int>, _ mimeType: String
    ) throws(ProtocolError) -> Int {
        guard let number = Int(text), range.contains(number) else {
            throw .outOfRange(path: "\(name) of \(mimeType)", value: text, range: "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

/// One part of a content: text, bytes, or something this daemon does not read yet.
public struct Part: Sendable, Hashable {
    public enum Payload: Sendable, Hashable {
        case text(String)
        case inlineData(Blob)
        /// `fileData`, `functionCall`, `functionResponse` and kinds of part to come, as they were sent.
        case other(name: String, JSONValue)
        case empty

        /// The field that it stands in.
        public var name: String {
            switch self {
            case .text: "text"
            case .inlineData: "inlineData"
            case .other(let name, _): name
            case .empty: "nothing"
            }
        }
    }

    public var payload: Payload
    /// A free dictionary, which SDKs hand through in both directions.
    public var metadata: JSONValue?

    public init(_ payload: Payload, metadata: JSONValue? = nil) {
        self.payload = payload
        self.metadata = metadata
    }

    init(_ fields: Fields) throws(ProtocolError) {
        metadata = fields.value("partMetadata")
        let said = Self.kinds.filter(fields.has)
        guard said.count < 2 else { throw .severalKinds(said.map(fields.path)) }
        switch said.first ?? fields.names.first(where: { !Self.remarks.contains($0) }) {
        case "text": payload = .text(try fields.string("text") ?? "")
        case "inlineData": payload = .inlineData(try Blob(fields.object("inlineData") ?? fields))
        case let name?: payload = .other(name: name, fields.value(name) ?? .null)
        case nil: payload = .empty
        }
    }

    private static let kinds = [
        "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
    ]
    /// What stands beside a part's one content.
    private static let remarks: Set = ["partMetadata", "thought", "thoughtSignature", "videoMetadata", "mediaResolution"]
}

/// What one side says in a turn.
public struct Content: Sendable, Hashable {
    /// One of ``roles``; absent means user.
    public var role: String?
    public var parts: [Part]

    public init(role: String? = nil, parts: [Part]) {
        self.role = role
        self.parts = parts
    }

    public static let roles = ["user", "model", "system"]

    public static func text(_ text: String, role: String? = "user") -> Content {
        Content(role: role, parts: [Part(.text(text))])
    }

    /// All text parts, joined.
    public var text: String {
        parts.reduce(into: "") { if case .text(let text) = $1.payload { $0 += text } }
    }

    init(_ fields: Fields) throws(ProtocolError) {
        role = try fields.word("role")
        if let role, !Self.roles.contains(role) {
            throw .unknownValue(path: fields.path("role"), value: role, known: Self.roles)
        }
        parts = []
        for part in try fields.objects("parts") ?? [] { parts.append(try Part(part)) }
    }
}
