package import Logging

/// Writes the metrics page into a file for node_exporter's textfile collector, whole or not at all.
package struct MetricsFile: Sendable {
    package static let interval = Duration.seconds(15)
    /// The collector reads no other names.
    static let ending = ".prom"

    private let path: String
    private let log: Logger
    private let interval: Duration

    package init(path: String, log: Logger, interval: Duration = Self.interval) {
        self.path = path
        self.log = log
        self.interval = interval
    }

    /// Runs until the task is cancelled; a file that cannot be written is told once, and tried again.
    package func run(_ page: @Sendable () async -> String) async {
        var isBroken = false
        while !Task.isCancelled {
            let page = Array(await page().utf8)
            do throws(WholeFile.Failure) {
                // The unfinished file's name has another ending.
                try WholeFile.write(page, to: path, mode: 0o644, survives: false)
                if isBroken { log.notice("\(path) is written again") }
                isBroken = false
            } catch {
                if !isBroken { log.error("\(error), or set [metrics] textfile = \"\"") }
                isBroken = true
            }
            try? await Task.sleep(for: interval)
        }
    }
}
