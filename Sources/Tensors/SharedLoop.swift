import CKernels
import Glibc
import Synchronization

/// What the caller and the workers of a `ThreadPool` share: one loop at a time, handed out in chunks.
///
/// `ticket` holds the number of the loop (high 32 bits) and the chunks nobody has taken yet (low 32 bits). Who
/// lowers it by compare-and-swap owns a chunk, and the loop cannot end before that chunk is done: only then is
/// `job` read. A worker that comes late finds no chunks, or the next loop's; it can never take a stale one.
///
/// Unchecked because `job` is a plain property: that protocol keeps its one writer and its readers apart.
final class SharedLoop: @unchecked Sendable {
    struct Job {
        let body: UnsafePointer<@Sendable (Range<Int>) -> Void>
        let count: Int
        let chunks: Int
    }

    private let ticket = Atomic<UInt64>(0)
    private let completed = Atomic<Int>(0)
    private let reserved = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private var job: Job?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let published = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let finished = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(published, nil)
        pthread_cond_init(finished, nil)
    }

    deinit {
        pthread_cond_destroy(published)
        pthread_cond_destroy(finished)
        pthread_mutex_destroy(mutex)
        published.deallocate()
        finished.deallocate()
        mutex.deallocate()
    }

    /// True when the caller now has the loop to itself, until `release`.
    func reserve() -> Bool { !reserved.exchange(true, ordering: .acquiring) }

    func release() { reserved.store(false, ordering: .releasing) }

    /// Runs `job` together with the workers. The caller must have reserved the loop.
    func run(_ job: Job) {
        self.job = job
        completed.store(0, ordering: .relaxed)
        let number = (ticket.load(ordering: .relaxed) >> 32) &+ 1
        ticket.store(number << 32 | UInt64(job.chunks), ordering: .sequentiallyConsistent)
        // Either this sees the sleeper, or the sleeper, which counts itself before it looks, sees the ticket.
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            locked { pthread_cond_broadcast(published) }
        }
        while takeChunk() {}
        if completed.load(ordering: .acquiring) == job.chunks { return }
        if spin(until: { completed.load(ordering: .acquiring) == job.chunks }) { return }
        locked {
            callerSleeps.store(true, ordering: .sequentiallyConsistent)
            while completed.load(ordering: .sequentiallyConsistent) != job.chunks { pthread_cond_wait(finished, mutex) }
            callerSleeps.store(false, ordering: .relaxed)
        }
    }

    /// The life of a worker.
    func work() {
        while !stopping.load(ordering: .acquiring) {
            if takeChunk() { continue }
            if spin(until: { hasNews }) { continue }
            locked {
                sleepers.add(1, ordering: .sequentiallyConsistent)
                while !hasNews { pthread_cond_wait(published, mutex) }
                sleepers.subtract(1, ordering: .relaxed)
            }
        }
    }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        locked { pthread_cond_broadcast(published) }
    }

    private var hasNews: Bool {
        ticket.load(ordering: .sequentiallyConsistent) & 0xffff_ffff > 0 || stopping.load(ordering: .sequentiallyConsistent)
    }

    /// Takes and runs one chunk; false when none is left.
    private func takeChunk() -> Bool {
        var seen = ticket.load(ordering: .acquiring)
        while seen & 0xffff_ffff > 0 {
            let (exchanged, original) = ticket.weakCompareExchange(
                expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing)
            if exchanged {
                run(chunk: Int(seen & 0xffff_ffff) - 1)
                return true
            }
            seen = original
        }
        return false
    }

    @inline(never)
    private func run(chunk: Int) {
        guard let job else { return }
        // Chunks are taken from the last to the first; hand out the range in its natural order.
        let index = job.chunks - 1 - chunk
        job.body.pointee(job.count * index / job.chunks..<job.count * (index + 1) / job.chunks)
        // After this the job may be gone.
        if completed.add(1, ordering: .sequentiallyConsistent).newValue == job.chunks,
            callerSleeps.load(ordering: .sequentiallyConsistent)
        {
            locked { pthread_cond_signal(finished) }
        }
    }

    /// Looks for up to 50 µs, politely; true when the condition came true.
    private func spin(until condition: () -> Bool) -> Bool {
        let end = nanoseconds() + 50_000
        repeat {
            for _ in 0..<16 {
                if condition() { return true }
                kernels_pause()
            }
        } while nanoseconds() < end
        return false
    }

    private func nanoseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }

    private func locked(_ body: () -> Void) {
        pthread_mutex_lock(mutex)
        body()
        pthread_mutex_unlock(mutex)
    }
}
