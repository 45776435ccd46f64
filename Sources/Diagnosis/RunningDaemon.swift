package import AgentProtocol
import AgentSocket

/// The daemon at a socket, as it tells of itself.
package struct RunningDaemon {
    /// `mm.status`; nil: none answers.
    package let status: JSONValue?
    package let finding: Finding

    /// - Parameter path: of the socket.
    init(askedAt path: String) async {
        do {
            let client = try await AgentClient.connect(to: path)
            try await client.setUp(.native())
            try await client.send(ClientMessage(.native(.status), id: "doctor"))
            status = try await client.reply(to: "doctor").native("status")
            await client.close()
            finding =
                status.map { Self.finding($0, path: path) }
                ?? Finding("daemon", .problem, "\(path) answers without a status: update mmagentctl")
        } catch {
            status = nil
            finding = Finding("daemon", .problem, "\(error)")
        }
    }

    /// The file that it was started with; nil: none, or an older daemon that does not say.
    var configuration: String? { status?["configuration"]?.string }
    var isThere: Bool { status != nil }

    /// What it says of a device; nil: nothing.
    func report(of modality: String) -> JSONValue? {
        status?["devices"]?.array?.first { $0["modality"]?.string == modality }
    }

    /// Of a status. What it says of its devices is left to the devices' own findings: a fault is told once.
    package static func finding(_ status: JSONValue, path: String) -> Finding {
        var message = status["message"]?.string ?? ""
        let lost = (status["devices"]?.array ?? []).filter { $0["state"]?.string == "lost" }
        for device in lost {
            message = message.replacing("\(device["modality"]?.string ?? "") lost: \(device["detail"]?.string ?? "")", with: "")
        }
        let state = status["state"]?.string ?? "?"
        let rest = message.split(separator: ";").filter { $0.contains { !$0.isWhitespace } }.joined(separator: ";").drop { $0 == " " }
        let server = "\(status["server"]?.string ?? "?") at \(path), \(status["model"]?.string ?? "?")"
        if state == "ok" { return Finding("daemon", .ok, "\(server), \(state): \(message)") }
        if !lost.isEmpty, rest.isEmpty { return Finding("daemon", .ok, "\(server); of its devices see below") }
        return Finding("daemon", .problem, "\(server), \(state): \(rest)")
    }
}
