import Glibc

/// The right to a socket's path: a locked file beside it, `PATH.lock`, with the process's number in it. The lock goes with the
/// process, however it ends, and stays when somebody removes the socket's file: a second daemon does not start in its place.
struct SocketLock {
    private let descriptor: Int32
    private let path: String

    /// - Parameter socket: path of the socket.
    /// - Throws: ``AgentSocketError/locked(path:process:)`` while another process has it, ``AgentSocketError/notALock(path:found:)``
    ///   for what stands in its place: that is neither emptied nor removed.
    init(socket: String) throws(AgentSocketError) {
        path = Self.path(of: socket)
        while true {
            // Before it is opened: for some devices that alone does something.
            try Self.requireLock(at: path)
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            guard file >= 0 else { throw .system(call: "open of the lock", path: path, errno: errno) }
            guard Self.isLock(file) else {
                close(file)
                throw .notALock(path: path, found: Self.foreign)
            }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                let holder = Self.process(in: file)
                close(file)
                throw code == EWOULDBLOCK ? .locked(path: socket, process: holder) : .system(call: "flock", path: path, errno: code)
            }
            // Its last owner may have removed it in between: then it locks nothing.
            if Self.isSame(file, path) {
                descriptor = file
                break
            }
            close(file)
        }
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    /// Takes nothing: tells whether a daemon could, before it loads a model for minutes.
    /// - Throws: as the lock's taking.
    static func requireFree(socket: String) throws(AgentSocketError) {
        let path = path(of: socket)
        try requireLock(at: path)
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return }
        defer { close(file) }
        guard isLock(file) else { throw .notALock(path: path, found: foreign) }
        if flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK { throw .locked(path: socket, process: process(in: file)) }
    }

    /// Whether the file is still there for others to find.
    var isInPlace: Bool { Self.isSame(descriptor, path) }

    /// Gives the path up.
    func release() {
        if isInPlace { unlink(path) }
        close(descriptor)
    }

    static func path(of socket: String) -> String { socket + ".lock" }

    /// Looks only: nothing is opened.
    /// - Throws: ``AgentSocketError/notALock(path:found:)`` for what no daemon puts there; a file's content is not looked at.
    static func requireLock(at path: String) throws(AgentSocketError) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        let found: String? =
            switch info.st_mode & S_IFMT {
            case S_IFREG: info.st_size > maximumBytes ? foreign : nil
            case S_IFLNK: "a symbolic link"
            case S_IFDIR: "a folder"
            case S_IFIFO: "a pipe"
            case S_IFSOCK: "a socket"
            default: "a device"
            }
        if let found { throw .notALock(path: path, found: found) }
    }

    private static let foreign = "a file with something else in it than a process's number"
    /// A number and a line break are never longer.
    private static let maximumBytes = 16

    /// Whether it is what a daemon leaves: a regular file, empty or with a process's number.
    private static func isLock(_ descriptor: Int32) -> Bool {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size <= maximumBytes else { return false }
        return info.st_size == 0 || process(in: descriptor) != nil
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (mine, there) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
    }

    private static func process(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: maximumBytes)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        var line = bytes.prefix(max(0, count))
        if line.last == 0x0A { line.removeLast() }
        return Int32(String(decoding: line, as: UTF8.self))
    }
}
