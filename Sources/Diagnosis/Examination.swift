import AgentDaemon
package import AgentProtocol
import Foundation

/// Looks at everything a daemon needs, in the order in which things depend on each other. It changes nothing; a device is
/// opened for a moment only where no daemon holds it. A fault is told once.
public struct Examination: Sendable {
    let configurationFile: String?
    let socket: String?
    /// Seconds that a device may take to give its first data.
    let patience: Double

    /// - Parameters:
    ///   - configurationFile: nil for the running daemon's, else /etc/mmagent/mmagentd.toml if it is there, else the built-in
    ///     defaults.
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
        // The daemon knows what it was started with, so it is asked first.
        let daemon = await RunningDaemon(askedAt: socketPath)
        let examined = ExaminedConfiguration(named: configurationFile, of: daemon)
        for finding in examined.findings { try tell(finding) }
        try tell(Machine.processor())
        let model = examined.configuration.map(ModelCheck.init)
        try tell(model?.finding ?? Self.unknownModel(daemon.status))
        for warning in model?.warnings ?? [] { try tell(Finding("stream", .note, warning)) }
        // A daemon that runs has its memory already.
        try tell(Machine.memory(needed: daemon.isThere ? nil : model?.bytes))
        try tell(Machine.clock(realtime: Date(), isSynchronised: Machine.isClockSynchronised))
        try tell(daemon.finding)
        if !daemon.isThere, let configuration = examined.configuration {
            for finding in Machine.groups(configuration) { try tell(finding) }
        }
        let devices = [
            ("microphone", examined.configuration?.audio.source, "mic"), ("camera", examined.configuration?.video.source, "camera"),
        ]
        for (name, source, modality) in devices {
            let finding: Finding
            if let report = daemon.report(of: modality) {
                finding = Self.finding(name, report: report)
            } else if let source {
                finding = await DeviceProbe(name: name, source: source, isSound: modality == "mic", patience: patience).finding()
            } else {
                finding = Finding(name, .note, "not examined: what is configured is not known")
            }
            try tell(DeviceAdvice.concrete(finding, isSound: modality == "mic"))
        }
        return isHealthy
    }

    /// Where a daemon is looked for.
    private var socketPath: String {
        if let socket { return socket }
        let file = configurationFile ?? ExaminedConfiguration.defaultFile
        return (file.flatMap { try? DaemonConfiguration(file: $0) } ?? DaemonConfiguration()).socket.path
    }

    private static func unknownModel(_ status: JSONValue?) -> Finding {
        guard let model = status?["model"]?.string else {
            return Finding("model", .note, "not examined: what is configured is not known")
        }
        let weights = status?["weights"]?.string ?? "?"
        return Finding("model", .ok, "\(model), as \(weights), is what the daemon runs; its files are not examined")
    }

    /// Of what the daemon says of a device.
    package static func finding(_ name: String, report: JSONValue, busy: BusyDevice = BusyDevice()) -> Finding {
        let source = report["source"]?.string ?? "?"
        let detail = report["detail"]?.string ?? ""
        return switch report["state"]?.string ?? "?" {
        case "lost": Finding(name, .problem, busy.named(detail, source: source))
        case "muted": Finding(name, .note, "\(source) is muted: mmagentctl unmute \(report["modality"]?.string ?? "")")
        case "stopped" where source == "none": Finding(name, .note, "none is configured")
        case let state: Finding(name, .ok, "\(source) is \(state)" + (detail.isEmpty ? "" : ": \(detail)"))
        }
    }
}
