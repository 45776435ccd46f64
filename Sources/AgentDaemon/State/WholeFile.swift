import Glibc

/// Writes files that are there whole or not at all, by way of `path.part` beside them.
package enum WholeFile {
    package struct Failure: Error, CustomStringConvertible {
        let path: String
        /// errno; EEXIST: what stands at `path` is no regular file, and was left as it is.
        let code: Int32

        package init(path: String, code: Int32) {
            self.path = path
            self.code = code
        }

        package var description: String { "\(path) could not be written (\(String(cString: strerror(code)))): \(remedy)" }

        var remedy: String {
            switch code {
            case ENOSPC, EDQUOT: "free some space"
            case EEXIST: "what stands there is no regular file, and is left as it is; move it away"
            case EACCES, EPERM, EROFS: "make it writable for the daemon's user"
            case ENOENT, ENOTDIR: "make its folder, or name another"
            default: "look at the file system"
            }
        }
    }

    /// What stands at the file's place, or at that of the temporary one, and is no regular file; nil if nothing. Neither of them
    /// is followed, written into or taken away.
    static func obstacle(at path: String) -> String? {
        [path, temporary(of: path)].first { name in
            var info = stat()
            return lstat(name, &info) == 0 && info.st_mode & S_IFMT != S_IFREG
        }
    }

    private static func temporary(of path: String) -> String { path + ".part" }

    /// - Parameter survives: whether it is on the disk when this returns, so that it outlives the machine's power.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t, survives: Bool) throws(Failure) {
        if let other = obstacle(at: path) { throw Failure(path: other, code: EEXIST) }
        let temporary = temporary(of: path)
        // What an end in mid-writing left.
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw Failure(path: temporary, code: errno) }
        errno = 0
        var isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && (!survives || fsync(file) == 0)
        // A disk that is full says so with a short write and no errno.
        var code = isWritten ? 0 : errno == 0 ? ENOSPC : errno
        if close(file) != 0, isWritten { (isWritten, code) = (false, errno) }
        if isWritten, rename(temporary, path) != 0 { (isWritten, code) = (false, errno) }
        guard isWritten else {
            unlink(temporary)
            throw Failure(path: path, code: code)
        }
    }
}
