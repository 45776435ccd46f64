import AgentDaemon
package import AgentProtocol
import AgentSocket
import Capture
import Foundation

/// Looks at everything a daemon needs, in the order in which things depend on each other. It changes nothing; a device is
/// opened for a moment only where no daemon holds it.
public struct Examination: Sendable {
    let configurationFile: String?
    let socket: String?
    /// Seconds that a device may take to give its first data.
    let patience: Double

    /// - Parameters:
    ///   - configurationFile: nil for /etc/mmagent/mmagentd.toml if it is there, else the built-in defaults.
    ///   - socket: nil for the configuration's.
    public init(configurationFile: String? = nil, socket: String? = nil, patience: Double = 3) {
        self.configurationFile = configurationFile
        self.socket = socket
        self.patience = patience
    }

    /// - Parameter found: called with each finding as soon as it is known.
    /// - Returns: whether there was no problem.
    public func run(_ found: (Finding) throws -> Void) async rethrows -> Bool {
        var isHealthy = true
        func tell(_ finding: Finding) throws {
            if finding.verdict == .problem { isHealthy = false }
            try found(finding)
        }
        let (configuration, read) = readConfiguration()
        try tell(read)
        try tell(Machine.processor())
        let model = ModelCheck(configuration)
        try tell(model.finding)
        for warning in model.warnings { try tell(Finding("stream", .note, warning)) }
        try tell(Machine.memory(needed: model.bytes))
        try tell(Machine.clock(realtime: Date(), isSynchronised: Machine.isClockSynchronised))
        let (status, daemon) = await askDaemon(socket ?? configuration.socket.path)
        try tell(daemon)
        if status == nil { for finding in Machine.groups(configuration) { try tell(finding) } }
        let reports = status?["devices"]?.array ?? []
        let devices = [("microphone", configuration.audio.source, "mic"), ("camera", configuration.video.source, "camera")]
        for (name, source, modality) in devices {
            if let report = reports.first(where: { $0["modality"]?.string == modality }) {
                try tell(Self.finding(name, report: report))
            } else {
                try tell(await DeviceProbe(name: name, source: source, isSound: modality == "mic", patience: patience).finding())
            }
        }
        return isHealthy
    }

    private func readConfiguration() -> (DaemonConfiguration, Finding) {
        let isThere = FileManager.default.fileExists(atPath: DaemonConfiguration.defaultFile)
        guard let file = configurationFile ?? (isThere ? DaemonConfiguration.defaultFile : nil) else {
            let text = "no \(DaemonConfiguration.defaultFile): the built-in defaults hold"
            return (DaemonConfiguration(), Finding("configuration", .note, text))
        }
        do {
            return (try DaemonConfiguration(file: file), Finding("configuration", .ok, file))
        } catch {
            return (DaemonConfiguration(), Finding("configuration", .problem, "\(error)"))
        }
    }

    private func askDaemon(_ path: String) async -> (JSONValue?, Finding) {
        do {
            let client = try await AgentClient.connect(to: path)
            var setup = Setup()
            setup.model = "models/mmagent"
            setup.isNative = true
            setup.version = ProtocolVersion.current
            setup.attach = "main"
            try await client.setUp(setup)
            try await client.send(ClientMessage(.native(.status), id: "doctor"))
            let status = try await client.reply(to: "doctor").native("status")
            await client.close()
            guard let status else { return (nil, Finding("daemon", .problem, "\(path) answers without a status: update mmagentctl")) }
            let state = status["state"]?.string ?? "?"
            let text =
                "\(status["server"]?.string ?? "?") at \(path), \(status["model"]?.string ?? "?"), \(state): "
                + "\(status["message"]?.string ?? "")"
            return (status, Finding("daemon", state == "ok" ? .ok : .problem, text))
        } catch {
            return (nil, Finding("daemon", .problem, "\(error)"))
        }
    }

    package static func finding(_ name: String, report: JSONValue) -> Finding {
        let source = report["source"]?.string ?? "?"
        let detail = report["detail"]?.string ?? ""
        return switch report["state"]?.string ?? "?" {
        case "lost": Finding(name, .problem, detail)
        case "muted": Finding(name, .note, "\(source) is muted: mmagentctl unmute \(report["modality"]?.string ?? "")")
        case "stopped" where source == "none": Finding(name, .note, "none is configured")
        case let state: Finding(name, .ok, "\(source) is \(state)" + (detail.isEmpty ? "" : ": \(detail)"))
        }
    }
}
