import AgentDaemon
import Foundation
import Glibc

/// The configuration that is examined: the one that is named, else the running daemon's, else the one that a daemon would take.
struct ExaminedConfiguration {
    /// Nil: it cannot be known, and nothing that it may say is examined.
    let configuration: DaemonConfiguration?
    let findings: [Finding]

    /// The file that a daemon takes when none is named; nil: the built-in defaults.
    static var defaultFile: String? {
        FileManager.default.fileExists(atPath: DaemonConfiguration.defaultFile) ? DaemonConfiguration.defaultFile : nil
    }

    init(named: String?, of daemon: RunningDaemon) {
        guard let file = named ?? (daemon.isThere ? daemon.configuration : Self.defaultFile) else {
            let text =
                daemon.isThere
                ? "the daemon was started without a file: the built-in defaults hold"
                : "no \(DaemonConfiguration.defaultFile): the built-in defaults hold"
            self.init(DaemonConfiguration(), [Finding("configuration", .note, text)])
            return
        }
        do {
            let configuration = try DaemonConfiguration(file: file)
            let check = ConfigurationCheck(configuration, parts: .settings)
            var findings = check.faults.map { Finding("configuration", .problem, "\(file): \($0)") }
            findings += check.warnings.map { Finding("configuration", .note, "\(file): \($0)") }
            if let other = Self.other(named, daemon) { findings.append(Finding("configuration", .note, other)) }
            if check.faults.isEmpty { findings.insert(Finding("configuration", .ok, file), at: 0) }
            self.init(configuration, findings)
        } catch {
            // Readable for the daemon's user alone: no fault, but who asks does not learn what is in it.
            let isHidden = daemon.isThere && access(file, R_OK) != 0 && errno == EACCES
            let hidden = "\(file) may not be read by this user, so what it says is not examined: run it as root (sudo)"
            let text = isHidden ? hidden : "\(error)"
            self.init(nil, [Finding("configuration", isHidden ? .note : .problem, text)])
        }
    }

    private init(_ configuration: DaemonConfiguration?, _ findings: [Finding]) {
        self.configuration = configuration
        self.findings = findings
    }

    /// That the daemon at the socket was started with another file than the one that is examined.
    private static func other(_ named: String?, _ daemon: RunningDaemon) -> String? {
        guard let named, let running = daemon.configuration else { return nil }
        let path = { (file: String) in URL(fileURLWithPath: file).resolvingSymlinksInPath().path }
        return path(named) == path(running) ? nil : "the daemon that answers was started with \(running)"
    }
}
