package import AgentProtocol

/// Why a function's response was refused.
package enum ToolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// - Parameter open: calls that wait for a response.
    case unknownCall(id: String, path: String, open: [String])
    case answeredTwice(id: String, path: String)
    case wrongFunction(id: String, path: String, name: String, called: String)

    package var description: String {
        switch self {
        case .unknownCall(let id, let path, let open):
            "\(path).id is \"\(Self.shortened(id))\", and no call of this client with that id waits for a response: "
                + (open.isEmpty ? "none does" : "those that do are \(open.prefix(8).joined(separator: ", "))")
        case .answeredTwice(let id, let path):
            "\(path).id is \"\(id)\", which has had its response: send one for each call"
        case .wrongFunction(let id, let path, let name, let called):
            "\(path).name is \"\(Self.shortened(name))\", but \(id) is a call of \(called): leave the name out, or send that one"
        }
    }

    package var status: StatusError {
        switch self {
        case .unknownCall: StatusError(.notFound, description, reason: "UNKNOWN_CALL")
        case .answeredTwice: StatusError(.failedPrecondition, description, reason: "CALL_ANSWERED")
        case .wrongFunction: StatusError(.invalidArgument, description, reason: "WRONG_FUNCTION")
        }
    }

    private static func shortened(_ text: String) -> String { text.count > 64 ? "\(text.prefix(64))…" : text }
}
