import CKernels
import Glibc
import Synchronization

/// Worker threads that share loops with their caller.
///
/// `parallel` cuts a range into chunks that the caller and the workers take one after the other, so a worker that
/// the system has descheduled only delays the chunk it holds. Workers look for the next loop for 50 µs (a decoder
/// calls about 300 loops a token, a few µs apart) and then sleep.
public final class ThreadPool: Sendable {
    /// Threads that compute, the caller's included.
    public let threads: Int
    private let loop = SharedLoop()
    private let workers: [pthread_t]

    /// Starts `threads - 1` workers. Where the system refuses one, the pool does with those it has.
    public init(threads: Int) {
        var workers: [pthread_t] = []
        for _ in 1..<max(threads, 1) {
            var worker = pthread_t()
            let context = Unmanaged.passRetained(loop)
            let status = pthread_create(
                &worker, nil,
                { context in
                    ThreadName.set("compute")
                    let loop = Unmanaged<SharedLoop>.fromOpaque(context!).takeRetainedValue()
                    loop.work()
                    return nil
                }, context.toOpaque())
            guard status == 0 else {
                context.release()
                break
            }
            workers.append(worker)
        }
        self.workers = workers
        self.threads = workers.count + 1
    }

    deinit {
        loop.stop()
        for worker in workers { pthread_join(worker, nil) }
    }

    /// Calls `body` with ranges that cover `0..<count` exactly once, on several threads, and returns when all are done.
    ///
    /// Runs on the calling thread alone when `count <= grain`, and when the pool is already in use: by another
    /// thread, or by the loop this call is made from.
    /// - Parameter grain: the fewest indices worth handing to another thread.
    public func parallel(_ count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        guard count > 0 else { return }
        // Eight chunks a thread: enough to even out a thread that starts late or is descheduled, few enough to stream memory.
        let grain = max(grain, 1), chunks = min((count + grain - 1) / grain, threads * 8)
        guard threads > 1, chunks > 1, loop.reserve() else { return body(0..<count) }
        defer { loop.release() }
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { loop.run(SharedLoop.Job(body: $0, count: count, chunks: chunks)) }
        }
    }
}
