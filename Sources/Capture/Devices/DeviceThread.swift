import CALSA
import Glibc
import Synchronization

/// Asks a device thread to end, and wakes it from `poll` to hear that: an eventfd that becomes and stays readable.
final class StopSignal: Sendable {
    let descriptor: Int32
    private let asked = Atomic<Bool>(false)

    /// The positive errno when the kernel gives no descriptor.
    init() throws(SystemError) {
        descriptor = mm_eventfd()
        guard descriptor >= 0 else { throw SystemError(code: errno) }
    }

    deinit { close(descriptor) }

    var isAsked: Bool { asked.load(ordering: .acquiring) }

    func ask() {
        asked.store(true, ordering: .releasing)
        eventfd_write(descriptor, 1)
    }

    /// Sleeps; returns at once when the end is asked for, or when a device appears.
    /// - Returns: whether a device appeared.
    @discardableResult
    func sleep(seconds: Double, or watch: HotPlugWatch? = nil) -> Bool {
        let end = MediaClock.seconds() + seconds
        while !isAsked {
            let rest = end - MediaClock.seconds()
            guard rest > 0 else { return false }
            // A negative descriptor is left out by `poll`.
            var entries = (
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: watch?.descriptor ?? -1, events: Int16(POLLIN), revents: 0)
            )
            withUnsafeMutableBytes(of: &entries) { bytes in
                _ = poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 2, Int32((rest * 1000).rounded(.up)))
            }
            if entries.1.revents != 0, watch?.sawDevice() == true { return true }
        }
        return false
    }
}

/// CLOCK_MONOTONIC in seconds.
enum MediaClock {
    static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// A thread of its own for one device, joined when it is stopped or let go.
///
/// A plain pthread: the device's calls block, which the cooperative pool must never do.
final class DeviceThread {
    private final class Start {
        let body: @Sendable (StopSignal) -> Void
        let signal: StopSignal
        let name: String
        init(body: @escaping @Sendable (StopSignal) -> Void, signal: StopSignal, name: String) {
            self.body = body
            self.signal = signal
            self.name = name
        }
    }

    private let signal: StopSignal
    private var thread: pthread_t?

    /// - Parameters:
    ///   - name: at most 15 bytes are shown by the system.
    ///   - realtime: asks for real-time scheduling, so that other load costs no samples; where that is not allowed, ordinary.
    init(name: String, realtime: Bool, body: @escaping @Sendable (StopSignal) -> Void) throws(CaptureError) {
        func failure(_ code: Int32) -> CaptureError { .noThread(code: code, reason: String(cString: strerror(code))) }
        do throws(SystemError) {
            signal = try StopSignal()
        } catch {
            throw failure(error.code)
        }
        let start = Unmanaged.passRetained(Start(body: body, signal: signal, name: name))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                mm_name_thread(start.name)
                start.body(start.signal)
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw failure(code)
        }
        if realtime {
            var parameters = sched_param(sched_priority: 10)
            pthread_setschedparam(handle, SCHED_RR, &parameters)
        }
        thread = handle
    }

    /// Asks the thread to end and waits for it.
    func stop() {
        guard let thread else { return }
        signal.ask()
        pthread_join(thread, nil)
        self.thread = nil
    }

    deinit { stop() }
}
