import Foundation
import Glibc
import Logging

/// Writes the metrics page into a file for node_exporter's textfile collector, whole or not at all.
struct MetricsFile: Sendable {
    static let interval = Duration.seconds(15)

    let path: String
    let log: Logger

    /// Runs until the task is cancelled; a file that cannot be written is told once, and tried again.
    func run(_ page: @Sendable () async -> String) async {
        var isBroken = false
        while !Task.isCancelled {
            do {
                // The collector reads only names that end in .prom: the temporary one must not.
                let temporary = path + ".part"
                try Data(await page().utf8).write(to: URL(fileURLWithPath: temporary))
                guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
                if isBroken { log.notice("\(path) is written again") }
                isBroken = false
            } catch {
                if !isBroken {
                    log.error(
                        "\(path) could not be written: \(error.localizedDescription); make its folder writable or set [metrics] textfile = \"\""
                    )
                }
                isBroken = true
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
