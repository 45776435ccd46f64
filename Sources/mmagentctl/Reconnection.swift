import AgentProtocol
import AgentSocket
import ArgumentParser

/// Goes on with a new connection when the daemon went away: after an update, a crash, a reboot of its container.
struct Reconnection: ParsableArguments {
    /// Seconds before the first, second, … try; the last one is kept for ever.
    static let ladder: [Double] = [0.25, 0.5, 1, 2, 4, 5]

    @Flag(
        name: .customLong("reconnect"),
        help: "When the daemon goes away, wait for it and go on with what was missed, instead of ending.")
    var isWanted = false

    /// Runs `session` once, or, if that is wanted, again whenever the daemon has gone.
    /// - Parameters:
    ///   - first: the last event that is known already; nil: begin with what comes now.
    ///   - session: keeps its position, goes on from there, and calls what it is given as soon as it is connected; its normal end
    ///     is the end of all.
    func run(after first: Int64? = nil, _ session: (_ position: inout Position, _ connected: () -> Void) async throws -> Void) async throws
    {
        var position = Position(after: first)
        guard isWanted else { return try await session(&position) {} }
        var attempts = 0
        while true {
            do {
                return try await session(&position) { attempts = 0 }
            } catch let error where attempts > 0 && Self.isFuture(error) {
                // Only after the daemon had gone: a number that the user gave wrong stays an error.
                Output.complain("the daemon counts its events anew; what happened meanwhile is not known")
                position.forget()
            } catch let error where Self.isDeparture(error) {
                if attempts == 0 { Output.complain("\(error); waiting for it") }
                try await Task.sleep(for: .seconds(Self.ladder[min(attempts, Self.ladder.count - 1)]))
                attempts += 1
            }
        }
    }

    /// Whether the daemon does not know the position: what it remembered of its numbers is lost.
    private static func isFuture(_ error: any Error) -> Bool {
        guard case AgentClientError.refused(let status) = error else { return false }
        return status.reason == "OUT_OF_RANGE"
    }

    /// Whether the daemon is not there, or not any more; a refusal is not that, and would only come again.
    private static func isDeparture(_ error: any Error) -> Bool {
        switch error {
        case is DaemonLeft: true
        case let error as AgentClientError:
            switch error {
            case .noDaemon, .closed, .connectFailed, .crowded: true
            case .refused(let status): status.status == .unavailable
            default: false
            }
        default: false
        }
    }
}

/// The connection ended, announced or not.
struct DaemonLeft: Error, CustomStringConvertible {
    let description: String
}
