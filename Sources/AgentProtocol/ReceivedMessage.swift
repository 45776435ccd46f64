/// A message from the daemon as a client reads it: the JSON, and the fields a simple client needs.
public struct ReceivedMessage: Sendable, Hashable {
    public let json: JSONValue
    /// The line it came in, for handing on unchanged.
    public let line: [UInt8]

    /// - Throws: ``ProtocolError/notJSON(_:)`` or ``ProtocolError/notAnObject(found:)``.
    public init(_ line: [UInt8]) throws(ProtocolError) {
        json = try JSONText.parse(line)
        guard case .object = json else { throw .notAnObject(found: json.kindName) }
        self.line = line
    }

    public var isSetupComplete: Bool { json["setupComplete"] != nil }
    public var sequence: Int64? { json["mm"]?["seq"]?.integer }
    public var turn: String? { json["mm"]?["turn"]?.string }
    /// The `mm.id` this message answers.
    public var re: RequestID? {
        switch json["mm"]?["re"] {
        case .string(let text)?: .string(text)
        case .integer(let value)?: .number(value)
        default: nil
        }
    }

    /// The piece of an answer's text it carries.
    public var text: String? {
        guard let parts = json["serverContent"]?["modelTurn"]?["parts"]?.array else { return nil }
        return parts.reduce(into: "") { text, part in
            if part["thought"]?.bool != true { text += part["text"]?.string ?? "" }
        }
    }

    public var isTurnComplete: Bool { json["serverContent"]?["turnComplete"]?.bool == true }
    public var isInterrupted: Bool { json["serverContent"]?["interrupted"]?.bool == true }
    /// `mm.reason`, absent when the answer came to its own end.
    public var turnCompleteReason: String? { json["mm"]?["reason"]?.string }

    /// It belongs to a turn that nobody's question began.
    public var isUnsolicited: Bool { json["mm"]?["unsolicited"]?.bool == true }

    /// How long the connection still lives.
    public var goAway: Duration? { json["goAway"].map { $0["timeLeft"]?.string.flatMap(Duration.init(wire:)) ?? .zero } }

    public var error: StatusError? {
        let fields = json["status"] != nil && json["code"] != nil ? json : json["error"]
        guard let fields, let message = fields["message"]?.string else { return nil }
        let status = fields["status"]?.string.flatMap(Status.init(rawValue:)) ?? .internal
        return StatusError(
            status, message, reason: fields["details"]?.array?.first?["reason"]?.string, re: re,
            isFatal: json["mm"]?["fatal"]?.bool ?? false)
    }

    /// Member `name` of `mm`: `status`, `devices`, `snapshot`, `observation`, `health`, …
    public func native(_ name: String) -> JSONValue? { json["mm"]?[name] }
}

extension JSONValue {
    /// The bytes of a base64 string in this value; nil when it is none.
    public var base64Bytes: [UInt8]? {
        guard case .string(let text) = self else { return nil }
        return try? Base64.decode(text, path: "")
    }
}
