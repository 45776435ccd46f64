import Glibc

/// Opens and reads regular files only: a pipe with a file's name would hold its reader for ever, and a device has no end.
package enum RegularFile {
    /// - Returns: a descriptor, which the caller closes, and the file's size.
    package static func open(_ path: String) throws(RegularFileError) -> (descriptor: CInt, size: Int) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(errno) }
        var status = stat()
        let code = fstat(descriptor, &status) == 0 ? 0 : errno
        guard code == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw code == 0 ? .notRegular : .system(code)
        }
        return (descriptor, Int(status.st_size))
    }

    /// - Returns: the file's first `count` bytes; fewer if it has fewer.
    package static func beginning(of path: String, count: Int) throws(RegularFileError) -> [UInt8] {
        let (descriptor, size) = try open(path)
        defer { close(descriptor) }
        return try read(min(size, count), from: descriptor)
    }

    /// - Parameter limit: a larger file is refused unread.
    package static func bytes(at path: String, limit: Int) throws(RegularFileError) -> [UInt8] {
        let (descriptor, size) = try open(path)
        defer { close(descriptor) }
        guard size <= limit else { throw .tooLarge(bytes: size) }
        return try read(size, from: descriptor)
    }

    /// - Returns: fewer bytes than `size` if the file was cut meanwhile.
    private static func read(_ size: Int, from descriptor: CInt) throws(RegularFileError) -> [UInt8] {
        var failure: CInt = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let step = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if step < 0, errno == EINTR { continue }
                if step < 0 { failure = errno }
                if step <= 0 { return }
                count += step
            }
        }
        if failure != 0 { throw .system(failure) }
        return bytes
    }
}

package enum RegularFileError: Error, Equatable, CustomStringConvertible {
    case system(CInt)
    case notRegular
    case tooLarge(bytes: Int)

    package var description: String {
        switch self {
        case .system(let code): String(cString: strerror(code))
        case .notRegular: "it is not a regular file"
        case .tooLarge(let bytes): "it has \(bytes) bytes"
        }
    }
}
