/// Why a source cannot be made or started. A device that is missing or lost is not an error: it is an event, and is retried.
public enum CaptureError: Error, Equatable, CustomStringConvertible {
    case invalidSource(text: String, reason: String)
    case wrongMedium(source: String, wanted: String, remedy: String)
    case invalidOption(name: String, value: String, allowed: String)
    case cannotOpen(path: String, reason: String)
    case unsupportedFile(path: String, kind: String, remedy: String)
    case malformed(path: String, what: String, remedy: String)
    case noThread(code: Int32, reason: String)

    public var description: String {
        switch self {
        case .invalidSource(let text, let reason):
            "the source '\(text)' is not valid (\(reason)): write alsa:NAME, v4l2:/dev/videoN, file:PATH or none"
        case .wrongMedium(let source, let wanted, let remedy):
            "\(source) is not a source of \(wanted): \(remedy)"
        case .invalidOption(let name, let value, let allowed):
            "\(name) is \(value), allowed is \(allowed)"
        case .cannotOpen(let path, let reason):
            "\(path) cannot be read: \(reason)"
        case .unsupportedFile(let path, let kind, let remedy):
            "\(path) is \(kind), which is not supported as a source: \(remedy)"
        case .malformed(let path, let what, let remedy):
            "\(path): \(what): \(remedy)"
        case .noThread(let code, let reason):
            "no thread could be started for the device (error \(code), \(reason)): raise the limit on processes (TasksMax, ulimit -u)"
        }
    }
}

extension CaptureError {
    /// The description in the two parts that an event has.
    var reason: String {
        switch self {
        case .malformed(let path, let what, _): "\(path): \(what)"
        default: description
        }
    }

    var remedy: String {
        switch self {
        case .malformed(_, _, let remedy), .unsupportedFile(_, _, let remedy), .wrongMedium(_, _, let remedy): remedy
        default: "look at the file and at its permissions"
        }
    }
}

/// A failed system call, by its positive errno.
package struct SystemError: Error, Equatable {
    package var code: Int32

    package init(code: Int32) {
        self.code = code
    }
}
