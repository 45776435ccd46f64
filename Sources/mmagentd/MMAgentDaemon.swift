import AgentProtocol
import AgentDaemon
import ArgumentParser
import CProduct
import Foundation
import Logging
import Tensors

/// The streaming audio-visual agent as a service.
@main
struct MMAgentDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mmagentd",
        abstract: "Listen, watch, and answer questions about it at once.",
        discussion: """
            mmagentd listens to a microphone and watches a camera all the time, keeps what it hears and sees in the cache of \
            one model, and answers over a Unix socket; ask it with `mmagentctl ask "…"`. It works offline, on the CPU.

            It runs in the foreground and logs to stderr, or to the journal when systemd runs it. SIGTERM and SIGINT stop it \
            after clients were told and had two seconds; SIGHUP reads the configuration again.

            EXAMPLES
              mmagentd --config /etc/mmagent/mmagentd.toml
              mmagentd --config my.toml --check-config
              mmagentd --demo

            EXIT CODES  0 stopped on request, or nothing is wrong; 1 could not start, or something is; 2 wrong usage.
            """,
        version: Product.title("mmagentd", commit: String(cString: product_commit())))

    @Option(
        help: "Configuration file. Default: \(DaemonConfiguration.defaultFile) if it exists, else built-in defaults.",
        completion: .file(extensions: ["toml"]))
    var config: String?

    @Flag(
        help: """
            Say what of the configuration would not work here, and exit: all keys and values; if these are right, the model, \
            sources, socket and groups, folders, what is wrong with each of them. No device is opened.
            """)
    var checkConfig = false

    @Flag(help: "Run nano on the shipped recording of a desk, on a socket of its own, and say what to try.")
    var demo = false

    func validate() throws {
        if config == "" { throw ValidationError("--config is empty: name a file, or leave it out") }
        if demo, config != nil || checkConfig {
            throw ValidationError("--demo has a configuration of its own: leave --config and --check-config out")
        }
    }

    func run() async throws {
        if demo { return try await runDemo() }
        let file =
            config ?? (FileManager.default.fileExists(atPath: DaemonConfiguration.defaultFile) ? DaemonConfiguration.defaultFile : nil)
        let configuration: DaemonConfiguration
        do {
            configuration = try file.map { try DaemonConfiguration(file: $0) } ?? DaemonConfiguration()
        } catch let error as ConfigurationError {
            throw Failure(error.faults.map(\.description))
        }
        if checkConfig {
            let name = file ?? "built-in defaults"
            let check = ConfigurationCheck(configuration)
            for warning in check.warnings { print("\(name): warning: \(warning)") }
            guard check.faults.isEmpty else {
                throw Failure(check.faults.map { "\(name): \($0)" } + (file == nil ? [Self.unconfigured] : []))
            }
            print("\(name): ok\(check.signedFiles.map { ", the model's \($0) files are as they were signed" } ?? "")")
            return
        }
        do {
            try await run(configuration, file: file)
        } catch let failure as Failure where file == nil {
            throw Failure(failure.reasons + [Self.unconfigured])
        }
    }

    /// Who starts it for the first time has named none.
    private static let unconfigured = """
        no configuration was named and \(DaemonConfiguration.defaultFile) is not there, so the built-in defaults were used: name one \
        with --config FILE, or try it without devices: mmagentd --demo
        """

    private func runDemo() async throws {
        let demonstration: Demonstration
        do { demonstration = try Demonstration() } catch { throw Failure("\(error)") }
        defer { demonstration.remove() }
        FileHandle.standardOutput.write(Data((demonstration.text + "\n").utf8))
        try await run(demonstration.configuration, file: nil)
    }

    private func run(_ configuration: DaemonConfiguration, file: String?) async throws {
        let level = Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                ServiceManager.logsToJournal ? JournalLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let daemon = Daemon(configuration: configuration, configurationFile: file, log: Logger(label: "mmagentd"))
        do {
            try await daemon.run()
        } catch {
            throw Failure("\(error)")
        }
    }

    static func main() async {
        // A client that goes away in mid-answer is an error of that connection, not of the process.
        signal(SIGPIPE, SIG_IGN)
        Allocation.keepBlocks()
        Allocation.forbidDumps()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            for reason in failure.reasons { FileHandle.standardError.write(Data("mmagentd: \(reason)\n".utf8)) }
            Foundation.exit(1)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if !text.isEmpty { (code == .success ? FileHandle.standardOutput : .standardError).write(Data((text + "\n").utf8)) }
            Foundation.exit(code == .success ? 0 : 2)
        }
    }
}

/// Why the daemon did not start, as sentences for stderr.
private struct Failure: Error {
    let reasons: [String]

    init(_ reason: String) { reasons = [reason] }
    init(_ reasons: [String]) { self.reasons = reasons }
}
