import AgentSocket
import ArgumentParser
import Glibc

/// The exit statuses that scripts rely on.
enum Exit: Int32 {
    case done = 0
    case failed = 1
    case usage = 2
    case noDaemon = 3
    case timedOut = 4
    /// 128 + SIGINT, as shells report it.
    case interrupted = 130

    static func leave(_ status: Exit) -> Never {
        exit(status.rawValue)
    }

    /// Says why on stderr and leaves with the status that belongs to `error`.
    static func leave(with error: any Error) -> Never {
        switch error {
        case AgentClientError.cancelled:
            leave(.interrupted)
        case let error as AgentClientError:
            Output.complain(error.description)
            leave(status(of: error))
        case let error as DaemonLeft:
            Output.complain(error.description)
            leave(.failed)
        case let error as Failure:
            Output.complain(error.description)
            leave(.failed)
        case is OutputClosed:
            leave(.done)
        default:
            leaveParser(error)
        }
    }

    private static func status(of error: AgentClientError) -> Exit {
        switch error {
        case .noDaemon: .noDaemon
        case .timedOut: .timedOut
        default: .failed
        }
    }

    /// Help goes to stdout and is no error; everything else the parser says is about usage.
    private static func leaveParser(_ error: any Error) -> Never {
        let message = MMAgentCtl.fullMessage(for: error)
        switch MMAgentCtl.exitCode(for: error) {
        case .success:
            if !message.isEmpty { try? Output.line(message) }
            leave(.done)
        case .validationFailure:
            Output.warn(message)
            leave(.usage)
        default:
            Output.complain(message)
            leave(.failed)
        }
    }
}

/// Something that the daemon did not refuse but that went wrong all the same.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
