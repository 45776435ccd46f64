import Glibc

/// Whether files can be made in a folder, found as a writer would find it: permission alone says nothing of a file system that is
/// read-only, or, as that of /proc, has no place for files.
enum FolderProbe: Equatable {
    case writable
    /// There is no such folder.
    case missing
    /// Not by this user; another may.
    case forbidden
    /// By nobody, and why, in the system's words.
    case impossible(reason: String)

    /// O_TMPFILE, whose macro Swift does not see.
    private static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY

    /// Nothing of the probe is left behind, and where the file system can make files without a name, nobody sees any.
    init(_ folder: String) {
        guard let code = Self.obstacle(in: folder) else {
            self = .writable
            return
        }
        var info = stat()
        if stat(folder, &info) != 0 || info.st_mode & S_IFMT != S_IFDIR {
            self = errno == EACCES ? .forbidden : .missing
        } else if code != EROFS, access(folder, W_OK | X_OK) != 0 {
            self = .forbidden
        } else {
            // What a file system without a place for files says differs from one to the next, and would mislead.
            let isPlaceless = [ENOENT, EACCES, EPERM, EOPNOTSUPP].contains(code)
            self = .impossible(reason: isPlaceless ? "its file system has no place for files" : String(cString: strerror(code)))
        }
    }

    /// No user could write into it.
    var isImpossible: Bool { if case .impossible = self { true } else { false } }

    private static func obstacle(in folder: String) -> Int32? {
        let nameless = open(folder, temporaryFile | O_WRONLY | O_CLOEXEC, 0o600)
        if nameless >= 0 {
            close(nameless)
            return nil
        }
        // What some file systems say that lack only files without a name; an older kernel takes the flag for O_DIRECTORY.
        guard [EOPNOTSUPP, EISDIR, EINVAL].contains(errno) else { return errno }
        let path = "\(folder)/.mmagent-\(getpid()).part"
        let named = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard named >= 0 else { return errno }
        close(named)
        unlink(path)
        return nil
    }
}
