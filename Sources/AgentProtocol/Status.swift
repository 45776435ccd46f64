/// The canonical codes of `google.rpc.Code` that the protocol uses.
public enum Status: String, Sendable, Hashable, CaseIterable {
    case invalidArgument = "INVALID_ARGUMENT"
    case failedPrecondition = "FAILED_PRECONDITION"
    case unauthenticated = "UNAUTHENTICATED"
    case permissionDenied = "PERMISSION_DENIED"
    case notFound = "NOT_FOUND"
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    case cancelled = "CANCELLED"
    case `internal` = "INTERNAL"
    case unimplemented = "UNIMPLEMENTED"
    case unavailable = "UNAVAILABLE"
    case deadlineExceeded = "DEADLINE_EXCEEDED"

    /// The HTTP number that goes on the wire as `code`: SDKs classify errors by it.
    public var code: Int {
        switch self {
        case .invalidArgument, .failedPrecondition: 400
        case .unauthenticated: 401
        case .permissionDenied: 403
        case .notFound: 404
        case .resourceExhausted: 429
        case .cancelled: 499
        case .internal: 500
        case .unimplemented: 501
        case .unavailable: 503
        case .deadlineExceeded: 504
        }
    }

    /// The WebSocket close code of a connection that ends with this status.
    public var closeCode: Int {
        switch self {
        case .invalidArgument, .failedPrecondition, .unimplemented: 1007
        case .unauthenticated, .permissionDenied, .notFound: 1008
        case .resourceExhausted, .unavailable: 1013
        case .cancelled: 1000
        case .internal, .deadlineExceeded: 1011
        }
    }
}

/// A refusal as it goes on the wire: `google.rpc.Status` with one `ErrorInfo`.
///
/// The message is one sentence: what, the values, the remedy.
public struct StatusError: Error, Sendable, Hashable, CustomStringConvertible {
    public var status: Status
    public var message: String
    /// `ErrorInfo.reason`, in capitals: `UNSUPPORTED_MIME_TYPE`, …
    public var reason: String?
    /// The `mm.id` of the message that is refused.
    public var re: RequestID?
    /// After a fatal error the connection is closed.
    public var isFatal: Bool

    public init(_ status: Status, _ message: String, reason: String?, re: RequestID? = nil, isFatal: Bool = false) {
        self.status = status
        self.message = message
        self.reason = reason
        self.re = re
        self.isFatal = isFatal
    }

    public var description: String { "\(status.rawValue): \(message)" }

    /// The same error as the last thing the connection says.
    public var fatal: StatusError {
        var copy = self
        copy.isFatal = true
        return copy
    }

    /// The same error as an answer to the request `re`, unless it already names one.
    public func answering(_ re: RequestID?) -> StatusError {
        var copy = self
        copy.re = copy.re ?? re
        return copy
    }
}

/// A client's own name for a message (`mm.id`), echoed as `mm.re`: a string of at most 128 bytes or an integer.
public enum RequestID: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, CustomStringConvertible {
    case string(String)
    case number(Int64)

    public static let maximumBytes = 128

    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .number(value) }

    public var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .number(let value): .integer(value)
        }
    }

    public var description: String {
        switch self {
        case .string(let text): text
        case .number(let value): String(value)
        }
    }
}
