import CSystemd
import Foundation

/// Tells systemd how the daemon is; everything is a no-op where it was not started by systemd.
public struct ServiceManager: Sendable {
    /// Half of `WatchdogSec`, the distance at which signs of life are due; nil without a watchdog.
    public let watchdogInterval: Duration?

    public init() {
        var microseconds: UInt64 = 0
        watchdogInterval = sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(microseconds / 2)) : nil
    }

    public func ready(_ status: String) { notify("READY=1\nSTATUS=\(status)") }
    public func status(_ text: String) { notify("STATUS=\(text)") }
    public func stopping(_ status: String = "stopping") { notify("STOPPING=1\nSTATUS=\(status)") }
    public func alive() { notify("WATCHDOG=1") }

    /// Type=notify-reload wants the monotonic time of the reload's begin.
    public func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        notify("RELOADING=1\nMONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)\nSTATUS=reloading")
    }

    /// The folder that `StateDirectory=` made; nil without one.
    public var stateDirectory: String? {
        // Of several, the first is the daemon's own.
        ProcessInfo.processInfo.environment["STATE_DIRECTORY"]?.split(separator: ":").first.map(String.init)
    }

    /// Sockets handed over by socket activation, in the order of the unit.
    public func inheritedSockets() -> [Int32] {
        let count = sd_listen_fds(1)
        return count > 0 ? (0..<count).map { 3 + $0 } : []
    }

    /// Whether stderr is connected to the journal.
    public static var logsToJournal: Bool {
        guard let stream = ProcessInfo.processInfo.environment["JOURNAL_STREAM"] else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    private func notify(_ state: String) { sd_notify(0, state) }
}
