import Foundation
import ModelTools

/// One line on stderr that is written over and over, and nothing where stderr is no terminal.
final class ProgressLine {
    private let prefix: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var shown = ContinuousClock.now - .seconds(1)

    init(prefix: String) { self.prefix = prefix }

    /// At most five times a second.
    func show(_ progress: EvaluationProgress) {
        guard isTerminal, ContinuousClock.now - shown > .milliseconds(200) else { return }
        shown = .now
        // Erases what a longer line left behind.
        write("\r\(prefix)\(progress.text)\u{1B}[K")
    }

    func clear() { if isTerminal { write("\r\u{1B}[K") } }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
