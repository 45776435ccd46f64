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

    /// A parameter of the media type: `rate` of `audio/pcm;rate=16000` is `16000`.
    public func parameter(_ name: String) -> String? {
        for part in mimeType.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2, trimmed(pair[0]).lowercased() == name { return trimmed(pair[1]) }
        }
        return nil
    }

    init(_ fields: Fields) throws(ProtocolError) {
        guard let mimeType = try fields.string("mimeType") else {
            throw .missingField(path: fields.path("mimeType"), expected: "a media type such as image/jpeg")
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
    /// The samples of `audio/pcm`: 16-bit little-endian mono, scaled to [-1, 1).
    /// - Returns: the sample rate in Hz (parameter `rate`, 16000 when absent) and the samples.
    /// - Throws: ``ProtocolError/unsupportedMIMEType(path:value:supported:)``, ``ProtocolError/oddPCMLength(bytes:)``,
    ///   ``ProtocolError/outOfRange(path:value:range:)`` for a rate outside 8000…192000.
    public func pcm16() throws(ProtocolError) -> (rate: Int, samples: [Float]) {
        guard mediaType == "audio/pcm" || mediaType == "audio/l16" else {
            throw .unsupportedMIMEType(path: "mimeType", value: mimeType, supported: "audio/pcm;rate=16000 (16-bit little-endian mono)")
        }
        let rateText = parameter("rate") ?? "16000"
        guard let rate = Int(rateText), (8_000...192_000).contains(rate) else {
            throw .outOfRange(path: "rate of \(mimeType)", value: rateText, range: "8000 to 192000")
        }
        guard data.count.isMultiple(of: 2) else { throw .oddPCMLength(bytes: data.count) }
        let samples = stride(from: 0, to: data.count, by: 2).map { index in
            Float(Int16(bitPattern: UInt16(data[index]) | UInt16(data[index + 1]) << 8)) / 32768
        }
        return (rate, samples)
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
        if let text = try fields.string("text") {
            payload = .text(text)
        } else if let blob = try fields.object("inlineData") {
            payload = .inlineData(try Blob(blob))
        } else if let name = ["fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult"].first(
            where: fields.has)
        {
            payload = .other(name: name, fields.value(name) ?? .null)
        } else {
            payload = .empty
        }
    }
}

/// What one side says in a turn.
public struct Content: Sendable, Hashable {
    /// `user`, `model` or `system`; absent means user.
    public var role: String?
    public var parts: [Part]

    public init(role: String? = nil, parts: [Part]) {
        self.role = role
        self.parts = parts
    }

    public static func text(_ text: String, role: String? = "user") -> Content {
        Content(role: role, parts: [Part(.text(text))])
    }

    /// All text parts, joined.
    public var text: String {
        parts.reduce(into: "") { if case .text(let text) = $1.payload { $0 += text } }
    }

    init(_ value: JSONValue, path: String) throws(ProtocolError) {
        let fields = try Fields(value, path: path)
        role = try fields.string("role")
        parts = []
        for (value, path) in try fields.array("parts") ?? [] {
            parts.append(try Part(Fields(value, path: path)))
        }
    }
}
