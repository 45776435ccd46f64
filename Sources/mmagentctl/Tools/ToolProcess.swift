import Dispatch
import Files
import Glibc
import Synchronization

/// A program that is run as a tool: arguments as they are, never through a shell, in a process group of its own, for a limited time.
final class ToolProcess: Sendable {
    struct Limits {
        var seconds: Double
        /// Of what it writes to its standard output.
        var outputBytes = 1 << 16
    }

    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case tooLong
        case tooMuch
        case notStarted(Int32)
    }

    struct Outcome {
        var end: End
        var output: [UInt8]
    }

    /// 0 before it runs and when it is over; -1: it is not to run.
    private let group = Mutex<pid_t>(0)

    /// Runs a program to its end, or to a limit; its complaints go where ours do.
    /// - Parameter input: what it reads; then its standard input ends.
    func run(_ path: String, _ arguments: [String], input: [UInt8], limits: Limits) async -> Outcome {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.runToEnd(path, arguments, input, limits)) }
        }
    }

    /// Ends it, and what it started.
    func kill() {
        group.withLock { group in
            if group > 0 { _ = Glibc.kill(-group, SIGKILL) }
            if group == 0 { group = -1 }
        }
    }

    private func runToEnd(_ path: String, _ arguments: [String], _ input: [UInt8], _ limits: Limits) -> Outcome {
        let end = ContinuousClock.now + .seconds(limits.seconds)
        var (toIt, fromIt): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard pipe(&toIt) == 0 else { return Outcome(end: .notStarted(errno), output: []) }
        guard pipe(&fromIt) == 0 else {
            let code = errno
            toIt.forEach { close($0) }
            return Outcome(end: .notStarted(code), output: [])
        }
        let child: pid_t
        switch start(path, arguments, input: toIt[0], output: fromIt[1]) {
        case .success(let process): child = process
        case .failure(let code):
            (toIt + fromIt).forEach { close($0) }
            return Outcome(end: .notStarted(code.number), output: [])
        }
        close(toIt[0])
        close(fromIt[1])
        defer { close(fromIt[0]) }
        var outcome = talk(input, to: toIt[1], from: fromIt[0], until: end, limits)
        if outcome.end != .exited(0) { Glibc.kill(-child, SIGKILL) }
        let status = wait(for: child, until: end)
        group.withLock { $0 = 0 }
        // Whatever it left behind in its group.
        Glibc.kill(-child, SIGKILL)
        guard outcome.end == .exited(0) else { return outcome }
        guard let status else { return Outcome(end: .tooLong, output: outcome.output) }
        let signal = status & 0x7F
        outcome.end = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
        return outcome
    }

    /// How long a program may be busy: a fifth of a second.
    private static let busyRetries = 20, busyPause: UInt32 = 10_000

    private struct ErrorNumber: Error { let number: Int32 }

    private func start(_ path: String, _ arguments: [String], input: Int32, output: Int32) -> Result<pid_t, ErrorNumber> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // We ignore signals that a program expects to end it.
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGPIPE)
        sigaddset(&defaults, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        var list: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { list.forEach { free($0) } }
        Self.keepDescriptors()
        return group.withLock { group in
            guard group == 0 else { return .failure(ErrorNumber(number: ECANCELED)) }
            var process: pid_t = 0
            var code = posix_spawn(&process, path, &actions, &attributes, &list, environ)
            // Somebody, or a child of somebody, still has it open for writing: a program that was put there this moment.
            for _ in 0..<Self.busyRetries where code == ETXTBSY {
                usleep(Self.busyPause)
                code = posix_spawn(&process, path, &actions, &attributes, &list, environ)
            }
            guard code == 0 else { return .failure(ErrorNumber(number: code)) }
            group = process
            return .success(process)
        }
    }

    /// The connection to the daemon, and other programs' pipes, are ours alone.
    private static func keepDescriptors() {
        for name in FileFacts.names(in: "/proc/self/fd") ?? [] {
            if let descriptor = Int32(name), descriptor > STDERR_FILENO { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
    }

    /// Gives it its input and takes its output until it closes that.
    private func talk(
        _ input: [UInt8], to writer: Int32, from reader: Int32, until end: ContinuousClock.Instant, _ limits: Limits
    ) -> Outcome {
        var outcome = Outcome(end: .exited(0), output: [])
        var (left, writer) = (input[...], writer)
        defer { if writer >= 0 { close(writer) } }
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            if left.isEmpty, writer >= 0 {
                close(writer)
                writer = -1
            }
            let wait = (end - .now).milliseconds
            guard wait > 0 else {
                outcome.end = .tooLong
                return outcome
            }
            // A negative descriptor is passed over.
            var polled = [pollfd(fd: reader, events: Int16(POLLIN), revents: 0), pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)]
            guard poll(&polled, 2, Int32(clamping: wait)) >= 0 || errno == EINTR else { return outcome }
            if polled[1].revents != 0 {
                let count = left.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
                // It need not read.
                left = count > 0 ? left.dropFirst(count) : (count < 0 && errno != EAGAIN && errno != EINTR ? [] : left)
            }
            guard polled[0].revents != 0 else { continue }
            let count = read(reader, &buffer, buffer.count)
            if count == 0 { return outcome }
            if count > 0 { outcome.output += buffer[..<count] }
            if outcome.output.count > limits.outputBytes {
                outcome.end = .tooMuch
                return outcome
            }
        }
    }

    /// - Returns: nil: it did not end in time, and was killed.
    private func wait(for child: pid_t, until end: ContinuousClock.Instant) -> Int32? {
        var status: Int32 = 0
        while true {
            let found = waitpid(child, &status, WNOHANG)
            if found == child { return status }
            if found < 0, errno != EINTR { return nil }
            if ContinuousClock.now >= end {
                Glibc.kill(-child, SIGKILL)
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                return nil
            }
            usleep(2_000)
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
