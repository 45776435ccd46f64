import Glibc

/// What a file is, behind links.
package struct FileFacts {
    package let isFolder: Bool
    package let isProgram: Bool
    package let isWritableByEverybody: Bool
    package let owner: UInt32

    /// - Returns: nil, with `errno` set: it cannot be looked at.
    package init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        isFolder = info.st_mode & S_IFMT == S_IFDIR
        isProgram = info.st_mode & S_IFMT == S_IFREG && info.st_mode & 0o111 != 0
        isWritableByEverybody = info.st_mode & 0o002 != 0
        owner = info.st_uid
    }

    /// The names in a folder; nil, with `errno` set: it cannot be read.
    package static func names(in folder: String) -> [String]? {
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) })
        }
        return names
    }
}
