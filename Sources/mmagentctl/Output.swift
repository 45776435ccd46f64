import Glibc

/// The reader of our output has gone: there is nothing left to do.
struct OutputClosed: Error {}

/// Unbuffered writing to stdout and stderr.
enum Output {
    /// Writes text as it is, at once.
    static func text(_ text: String) throws {
        try bytes(Array(text.utf8))
    }

    static func line(_ text: String) throws {
        try bytes(Array(text.utf8) + [UInt8(ascii: "\n")])
    }

    static func bytes(_ bytes: [UInt8]) throws {
        guard let problem = write(bytes, to: STDOUT_FILENO) else { return }
        if problem == EPIPE { throw OutputClosed() }
        throw Failure("writing to the standard output failed: \(String(cString: strerror(problem)))")
    }

    /// A complaint on stderr, with the program's name.
    static func complain(_ message: String) { warn("mmagentctl: \(message)") }

    static func warn(_ message: String) {
        _ = write(Array(message.utf8) + [UInt8(ascii: "\n")], to: STDERR_FILENO)
    }

    /// - Returns: errno when it failed.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
                if count > 0 {
                    offset += count
                } else if errno == EAGAIN {
                    // A terminal or pipe that somebody else made non-blocking.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&waiting, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    static func inFolder(_ folder: String, _ name: String) -> String { folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)" }

    /// Writes a file, for its owner's eyes, so that it is either there whole or not at all. What is there and is no regular file,
    /// a pipe or a device, is written into and never replaced; behind a link, what it leads to is meant.
    static func file(_ bytes: [UInt8], path: String) throws {
        func failure(_ step: String) -> Failure {
            Failure("\(step) \(path) failed: \(String(cString: strerror(errno)))")
        }
        var info = stat()
        let isThere = stat(path, &info) == 0
        // What has a name in /dev and /proc is open elsewhere, even if it is a regular file: /dev/stdout.
        // A link whose file is missing is written through as well, not replaced: behind a link, what it leads to is meant.
        let isDangling = !isThere && lstat(path, &info) == 0
        if isDangling || isThere && (info.st_mode & S_IFMT != S_IFREG || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")) {
            let descriptor = open(path, O_WRONLY | O_CLOEXEC | (isDangling ? O_CREAT : 0), 0o600)
            guard descriptor >= 0 else { throw failure("opening") }
            defer { close(descriptor) }
            if let problem = write(bytes, to: descriptor) {
                errno = problem
                throw failure("writing")
            }
            return
        }
        var path = path
        if isThere, let resolved = realpath(path, nil) {
            path = String(cString: resolved)
            free(resolved)
        }
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("creating") }
        let problem = write(bytes, to: descriptor)
        close(descriptor)
        if let problem {
            unlink(temporary)
            errno = problem
            throw failure("writing")
        }
        guard rename(temporary, path) == 0 else {
            let error = failure("creating")
            unlink(temporary)
            throw error
        }
    }
}
