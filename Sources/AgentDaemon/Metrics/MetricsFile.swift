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
                try requireReplaceable()
                // The collector reads only names that end in .prom, which that of the unfinished file does not.
                do throws(WholeFile.Failure) {
                    try WholeFile.write(Array(await page().utf8), to: path, mode: 0o644, survives: false)
                } catch {
                    throw NSError(domain: NSPOSIXErrorDomain, code: Int(error.code))
                }
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

    /// A device or a pipe at the path, or at that of the temporary file, is not replaced.
    private func requireReplaceable() throws(MetricsFileError) {
        if let name = Self.obstacle(at: path) { throw MetricsFileError(path: name) }
    }

    /// What stands at the file's place, or at that of the temporary one, and is no regular file; nil if nothing.
    static func obstacle(at path: String) -> String? {
        [path, path + ".part"].first { name in
            var info = stat()
            return lstat(name, &info) == 0 && info.st_mode & S_IFMT != S_IFREG
        }
    }
}

/// What stands at the place of the metrics is none of the daemon's.
private struct MetricsFileError: LocalizedError {
    let path: String

    var errorDescription: String? { "\(path) is no regular file, and is left as it is" }
}
