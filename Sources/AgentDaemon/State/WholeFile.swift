import Glibc

/// Writes files that are there whole or not at all, by way of `path.part` beside them.
enum WholeFile {
    struct Failure: Error {
        let path: String
        /// errno
        let code: Int32
    }

    /// - Parameter survives: whether it is on the disk when this returns, so that it outlives the machine's power.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t, survives: Bool) throws(Failure) {
        let temporary = path + ".part"
        // What is left there, whoever made it, is neither followed nor written into.
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
