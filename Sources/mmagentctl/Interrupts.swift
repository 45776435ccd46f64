import Dispatch
import Glibc

/// Ctrl-C as a value, instead of the end of the process.
struct Interrupts {
    private let source: any DispatchSourceSignal

    /// Calls `action` at the first SIGINT; a second one ends the process as usual.
    init(_ action: @escaping @Sendable () -> Void) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            signal(SIGINT, SIG_DFL)
            action()
        }
        source.resume()
    }
}
