import Glibc

/// The right to a socket's path: a locked file beside it, `PATH.lock`, with the process's number in it. The lock goes with the
/// process, however it ends, and stays when somebody removes the socket's file: a second daemon does not start in its place.
struct SocketLock {
    private let descriptor: Int32
    private let path: String

    /// - Parameter socket: path of the socket.
    /// - Throws: ``AgentSocketError/locked(path:process:)`` while another process has it.
    init(socket: String) throws(AgentSocketError) {
        path = socket + ".lock"
        while true {
            let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
            guard file >= 0 else { throw .system(call: "open of the lock", path: path, errno: errno) }
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
    /// - Throws: ``AgentSocketError/locked(path:process:)`` while another process has it.
    static func requireFree(socket: String) throws(AgentSocketError) {
        let file = open(socket + ".lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return }
        defer { close(file) }
        if flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK { throw .locked(path: socket, process: process(in: file)) }
    }

    /// Whether the file is still there for others to find.
    var isInPlace: Bool { Self.isSame(descriptor, path) }

    /// Gives the path up.
    func release() {
        if isInPlace { unlink(path) }
        close(descriptor)
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (mine, there) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino
    }

    private static func process(in descriptor: Int32) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return Int32(String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
