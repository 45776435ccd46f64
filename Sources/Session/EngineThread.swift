import Foundation
import Synchronization
import Tensors

/// A serial executor with one thread of its own: model state is touched by this thread and the kernels' workers only,
/// never by the cooperative pool, so that inference cannot starve the rest of the process and the rest cannot stall it.
public final class EngineThread: SerialExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var stopped = false
    }

    private let state = Mutex(State())
    /// Counts jobs and the request to stop; the thread sleeps on it, so an idle engine costs nothing.
    private let wake = DispatchSemaphore(value: 0)

    public init(name: String) {
        let thread = Thread { [self] in
            ThreadName.set(name)  // Foundation's name stays its own
            run()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.jobs.append(unowned) }
        wake.signal()
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Ends the thread after the jobs that are queued now. The thread holds the executor until then.
    public func stop() {
        state.withLock { $0.stopped = true }
        wake.signal()
    }

    private func run() {
        while true {
            wake.wait()
            let (job, done) = state.withLock { state -> (UnownedJob?, Bool) in
                (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.jobs.isEmpty && state.stopped)
            }
            job?.runSynchronously(on: asUnownedSerialExecutor())
            if done && state.withLock({ $0.jobs.isEmpty }) { return }
        }
    }
}
