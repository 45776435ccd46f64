import AgentProtocol
import AgentSocket
import ArgumentParser
import CProduct
import Glibc

@main
struct MMAgentCtl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mmagentctl",
        abstract: "Ask and steer mmagentd, the agent that watches and listens on this machine.",
        discussion: """
            mmagentd keeps what its camera and microphone gave it in a model's cache, so an answer starts at once:

              mmagentctl ask "what is on the desk?"
              mmagentctl watch "tell me when a mug appears"
              mmagentctl run-tools tools --watch "when the mug is taken away ring the bell"
              mmagentctl events --only transcription,observation
              mmagentctl status
              mmagentctl doctor
              mmagentctl mute mic
              mmagentctl snapshot desk.jpg

            The daemon's socket is --socket, else $MMAGENT_SOCKET, else \(ConnectionOptions.defaultPath).

            Exit status: 0 done, 1 refused or failed (the reason is on stderr), 2 wrong usage, 3 no daemon at the socket, \
            4 timed out, 130 interrupted.
            """,
        version: Product.title("mmagentctl", commit: String(cString: product_commit())),
        subcommands: [
            Ask.self, Watch.self, RunTools.self, Events.self, Status.self, HealthCommand.self, Metrics.self, Devices.self, Doctor.self,
            Mute.self,
            Unmute.self, Snapshot.self, Reload.self,
        ])

    @OptionGroup var connection: ConnectionOptions

    static func main() async {
        // A reader of our output that goes away ends us quietly, through a failed write.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(arrange(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Exit.leave(with: error)
        }
        Exit.leave(.done)
    }

    mutating func run() async throws {
        throw CleanExit.helpRequest(self)
    }

    /// `--socket PATH` may stand before the command: it is moved behind it, where the commands read it.
    static func arrange(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first == "--socket" || first.hasPrefix("--socket=") {
            let count = first == "--socket" ? 2 : 1
            moved += rest.prefix(count)
            rest = rest.dropFirst(count)
        }
        guard let command = rest.first, !command.hasPrefix("-") else { return arguments }
        return [command] + moved + rest.dropFirst()
    }
}
