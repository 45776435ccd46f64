/// Why a line, a message or a field was not understood.
public enum ProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    case lineTooLong(limit: Int)
    case inputBudgetSpent(limit: Int)
    case notUTF8(offset: Int)
    case notJSON(String)
    case tooDeep(limit: Int)
    case tooManyValues(limit: Int)
    case keyTooLong(limit: Int)
    case duplicateKey(String)
    case notAnObject(found: String)
    case unknownKind(keys: [String])
    case severalKinds([String])
    case unknownRequest(keys: [String])
    case severalRequests([String])
    case missingField(path: String, expected: String)
    case wrongType(path: String, expected: String, found: String)
    case outOfRange(path: String, value: String, range: String)
    case unknownValue(path: String, value: String, known: [String])
    case unsupported(path: String, remedy: String)
    case invalidBase64(path: String, offset: Int, problem: String)
    case invalidDuration(path: String, value: String)
    case unsupportedMIMEType(path: String, value: String, supported: String)
    case unknownParameter(path: String, value: String, name: String, known: [String])
    case oddPCMLength(bytes: Int, frame: Int)

    public var description: String {
        switch self {
        case .inputBudgetSpent(let limit):
            "all clients together have \(limit) bytes of unfinished input, the limit; this line was discarded: send it again later, or in parts"
        case .lineTooLong(let limit):
            "a line is longer than \(limit) bytes; it was discarded: send smaller messages, one JSON object per line"
        case .notUTF8(let offset):
            "byte \(offset) of the line is not UTF-8: messages are UTF-8 JSON, binary data goes into base64 strings"
        case .notJSON(let problem):
            "the line is not JSON (\(problem)): send one complete JSON object per line"
        case .tooDeep(let limit):
            "the message nests deeper than \(limit) levels: no message of this protocol needs that"
        case .tooManyValues(let limit):
            "the message has more than \(limit) values: split it into several"
        case .keyTooLong(let limit):
            "a key of the message has more than \(limit) bytes: no key needs more; one that is not plain ASCII has \(JSONText.maximumForeignKeyBytes) at most"
        case .duplicateKey(let key):
            "the key \(Self.quoted(key)) stands twice in one object of the message: send it once, since only one of the two could count"
        case .notAnObject(let found):
            "the message is \(found), not a JSON object: send {\"setup\":{…}} first, then one object per line"
        case .unknownKind(let keys):
            "no known message kind in \(Self.list(keys)): expected one of setup, clientContent, realtimeInput, toolResponse, contextUpdate or mm"
        case .severalKinds(let kinds):
            "\(Self.list(kinds)) are in one message: send one kind per message"
        case .unknownRequest(let keys):
            "no known request in mm \(Self.list(keys)): expected one of \(NativeRequest.names.joined(separator: ", "))"
        case .severalRequests(let names):
            "mm carries \(Self.list(names)): send one request per message"
        case .missingField(let path, let expected):
            "\(path) is missing: expected \(expected)"
        case .wrongType(let path, let expected, let found):
            "\(path) is \(found): expected \(expected)"
        case .outOfRange(let path, let value, let range):
            "\(path) is \(value): expected \(range)"
        case .unknownValue(let path, let value, let known):
            "\(path) is \(Self.quoted(value)): expected one of \(known.joined(separator: ", "))"
        case .unsupported(let path, let remedy):
            "\(Self.shortened(path)) cannot be done: \(remedy)"
        case .invalidBase64(let path, let offset, let problem):
            "\(path) is not base64: \(problem) at offset \(offset); the standard and the URL-safe alphabet are accepted, with or without padding"
        case .invalidDuration(let path, let value):
            "\(path) is \(Self.quoted(value)): expected seconds with an s at the end, as \"1.5s\""
        case .unsupportedMIMEType(let path, let value, let supported):
            "\(path) is \(Self.quoted(value)): supported is \(supported)"
        case .unknownParameter(let path, let value, let name, let known):
            "\(path) is \(Self.quoted(value)): it has a parameter \(Self.quoted(name)) that is not read; those that are: \(known.joined(separator: ", "))"
        case .oddPCMLength(let bytes, let frame):
            "audio/pcm data has \(bytes) bytes, no multiple of \(frame): samples are 16-bit little-endian, send whole ones of every channel"
        }
    }

    /// `ErrorInfo.reason`.
    var reason: String {
        switch self {
        case .lineTooLong: "LINE_TOO_LONG"
        case .inputBudgetSpent: "INPUT_BUDGET_SPENT"
        case .notUTF8: "NOT_UTF8"
        case .notJSON: "NOT_JSON"
        case .tooDeep, .tooManyValues, .keyTooLong: "MESSAGE_TOO_COMPLEX"
        case .duplicateKey: "DUPLICATE_KEY"
        case .notAnObject, .unknownKind: "UNKNOWN_MESSAGE_KIND"
        case .severalKinds, .severalRequests: "SEVERAL_KINDS"
        case .unknownRequest: "UNKNOWN_REQUEST"
        case .missingField: "MISSING_FIELD"
        case .wrongType: "WRONG_TYPE"
        case .outOfRange: "OUT_OF_RANGE"
        case .unknownValue: "UNKNOWN_VALUE"
        case .unsupported: "UNSUPPORTED_FIELD"
        case .invalidBase64: "INVALID_BASE64"
        case .invalidDuration: "INVALID_DURATION"
        case .unsupportedMIMEType: "UNSUPPORTED_MIME_TYPE"
        case .unknownParameter: "UNKNOWN_PARAMETER"
        case .oddPCMLength: "INVALID_PCM"
        }
    }

    /// The error as the client sees it.
    public func status(re: RequestID? = nil, isFatal: Bool = false) -> StatusError {
        let status: Status = if case .inputBudgetSpent = self { .resourceExhausted } else { .invalidArgument }
        return StatusError(status, description, reason: reason, re: re, isFatal: isFatal)
    }

    /// What a client sent is quoted in errors, at most 64 characters and 8 names of it.
    static func quoted(_ text: String) -> String { "\"\(shortened(text))\"" }

    private static func shortened(_ text: String) -> String { text.count > 64 ? "\(text.prefix(64))…" : text }

    private static func list(_ keys: [String]) -> String {
        if keys.isEmpty { return "{}" }
        let shown = keys.sorted().prefix(8).map(quoted).joined(separator: ", ")
        return keys.count > 8 ? "\(shown), … (\(keys.count) in all)" : shown
    }
}
