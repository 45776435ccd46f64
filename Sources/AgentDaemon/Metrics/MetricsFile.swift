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
            let page = Array(await page().utf8)
            do throws(WholeFile.Failure) {
                // The collector reads only names that end in .prom, which that of the unfinished file does not.
                try WholeFile.write(page, to: path, mode: 0o644, survives: false)
                if isBroken { log.notice("\(path) is written again") }
                isBroken = false
            } catch {
                if !isBroken {
                    log.error(
                        "\(path) could not be written: \(error.reason); make its folder writable or set [metrics] textfile = \"\""
                    )
                }
                isBroken = true
            }
            try? await Task.sleep(for: Self.interval)
        }
    }
}
