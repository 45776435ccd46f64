import ArgumentParser
import Diagnosis

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at everything the daemon needs; one line each, with the remedy where something is wrong.",
        discussion: """
            Configuration, processor, model, memory, clock, daemon and socket, groups, microphone, camera. It changes nothing; \
            a device is opened for a moment only where no daemon holds it. What is examined is the running daemon's own \
            configuration, unless --config names another.

            Exit status: 0 nothing is wrong, 1 something is.

            Examples:
              mmagentctl doctor
              mmagentctl doctor --config my.toml
            """)

    @OptionGroup var connection: ConnectionOptions
    @Option(
        help: ArgumentHelp(
            "The daemon's configuration (default: the running daemon's, then /etc/mmagent/mmagentd.toml if it is there).",
            valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var config: String?

    func validate() throws {
        if config == "" { throw ValidationError("--config is empty: name a file, or leave it out") }
    }

    mutating func run() async throws {
        let examination = Examination(configurationFile: config, socket: connection.named)
        let isHealthy = try await examination.run { finding in try Output.line(finding.line) }
        if !isHealthy { Exit.leave(.failed) }
    }
}
