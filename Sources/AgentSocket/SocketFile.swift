import Glibc

/// A listening Unix socket and its file: made with the wanted permissions, taken over when its last owner died, removed at the end.
///
/// The file gets its mode and group between `bind` and `listen`; until then the kernel refuses every connection, so at no moment can
/// anybody connect who may not.
struct SocketFile {
    let fileDescriptor: Int32
    private let path: String
    /// Device and inode of the file made here: another daemon's file at the same path is never removed.
    private let identity: (device: UInt, inode: UInt)

    /// - Parameters:
    ///   - mode: permissions of the file, as 0o600.
    ///   - group: the group that gets it; nil leaves the process's own.
    init(path: String, mode: Int, group: String?) throws(AgentSocketError) {
        try Self.require(path: path, mode: mode)
        let groupID = try group.map { name throws(AgentSocketError) in try Self.groupID(name, key: "group") }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
        do throws(AgentSocketError) {
            try Self.bind(descriptor, to: path)
        } catch {
            close(descriptor)
            throw error
        }
        do throws(AgentSocketError) {
            if let groupID, chown(path, uid_t.max, groupID) != 0 {
                throw .system(call: "chown to group \(group ?? "")", path: path, errno: errno)
            }
            guard chmod(path, mode_t(mode)) == 0 else { throw .system(call: "chmod", path: path, errno: errno) }
            guard listen(descriptor, 128) == 0 else { throw .system(call: "listen", path: path, errno: errno) }
            var info = stat()
            guard lstat(path, &info) == 0 else { throw .system(call: "stat", path: path, errno: errno) }
            identity = (UInt(info.st_dev), UInt(info.st_ino))
        } catch {
            unlink(path)
            close(descriptor)
            throw error
        }
        fileDescriptor = descriptor
        self.path = path
    }

    /// Whether the file is still there, and still this one.
    var isInPlace: Bool {
        var info = stat()
        return lstat(path, &info) == 0 && identity == (UInt(info.st_dev), UInt(info.st_ino))
    }

    /// Removes the file, unless it is another one by now.
    func remove() { if isInPlace { unlink(path) } }

    /// What can be said of a path and a mode before anything is made.
    static func require(path: String, mode: Int) throws(AgentSocketError) {
        guard path.hasPrefix("/") else { throw .pathNotAbsolute(path: path) }
        guard path.utf8.count <= UnixAddress.maximumPathBytes else {
            throw .pathTooLong(path: path, limit: UnixAddress.maximumPathBytes)
        }
        guard (0...0o777).contains(mode) else { throw .invalidMode(mode) }
        var info = stat()
        if lstat(path, &info) == 0, info.st_mode & S_IFMT != S_IFSOCK { throw .notASocket(path: path) }
        // Only the last folder is made.
        let folder = directory(of: path)
        let parent = directory(of: folder)
        if stat(folder, &info) != 0, errno == ENOENT, !parent.isEmpty, stat(parent, &info) != 0 {
            throw .noParentDirectory(path: path, directory: folder)
        }
    }

    private static func directory(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }

    /// The directory is made with 0700 if only it is missing.
    static func makeDirectory(for path: String) throws(AgentSocketError) {
        let directory = directory(of: path)
        guard !directory.isEmpty else { return }
        var info = stat()
        if stat(directory, &info) == 0 { return }
        if mkdir(directory, 0o700) == 0 || errno == EEXIST { return }
        if errno == ENOENT { throw .noParentDirectory(path: path, directory: directory) }
        throw .system(call: "mkdir", path: directory, errno: errno)
    }

    private static func bind(_ descriptor: Int32, to path: String) throws(AgentSocketError) {
        func attempt() -> Int32 {
            UnixAddress.with(path) { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno } ?? ENAMETOOLONG
        }
        var problem = attempt()
        if problem == EADDRINUSE {
            try removeStale(path)
            problem = attempt()
        }
        switch problem {
        case 0: return
        case EADDRINUSE: throw .anotherDaemon(path: path)
        default: throw .system(call: "bind", path: path, errno: problem)
        }
    }

    /// Removes a socket at which nobody listens any more.
    private static func removeStale(_ path: String) throws(AgentSocketError) {
        var info = stat()
        guard lstat(path, &info) == 0 else { return }
        guard info.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .system(call: "socket", path: path, errno: errno) }
        defer { close(probe) }
        let problem = UnixAddress.with(path) { connect(probe, $0, $1) == 0 ? 0 : errno } ?? ENAMETOOLONG
        switch problem {
        case ECONNREFUSED:
            guard unlink(path) == 0 || errno == ENOENT else { throw .system(call: "unlink of a stale socket", path: path, errno: errno) }
        // EAGAIN: somebody listens and has no time. EPROTOTYPE: a socket of another type, but one that lives.
        case 0, EAGAIN, EPROTOTYPE: throw .anotherDaemon(path: path)
        case ENOENT: return
        default: throw .system(call: "connect to the socket that is already there", path: path, errno: problem)
        }
    }

    /// - Parameter key: of `[socket]`, for the error.
    static func groupID(_ name: String, key: String) throws(AgentSocketError) -> gid_t {
        if let number = gid_t(name) { return number }
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var size = 4096
        while size <= 1 << 20 {
            var buffer = [CChar](repeating: 0, count: size)
            let problem = getgrnam_r(name, &entry, &buffer, buffer.count, &found)
            if problem == ERANGE {
                size *= 4
                continue
            }
            guard problem == 0, found != nil else { break }
            return entry.gr_gid
        }
        throw .unknownGroup(name, key: key)
    }
}
