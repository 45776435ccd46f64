import Glibc
public import Media

/// Reads JPEG and PNG, writes JPEG.
public enum ImageFiles {
    /// The longest side accepted: a picture is then at most 201 MB of RGB.
    public static let maximumSide = 8192
    /// The most compressed bytes accepted.
    public static let maximumBytes = 64 << 20

    /// Decodes a JPEG or PNG, told apart by the first bytes.
    ///
    /// Grey becomes RGB with three equal channels, 16 bits become 8, transparent pixels are shown on **white**. Orientation
    /// marks (EXIF) are not applied.
    public static func decode(_ bytes: [UInt8]) throws(ImageFileError) -> RGBImage {
        guard bytes.count <= maximumBytes else {
            throw .tooManyBytes(count: bytes.count, limit: maximumBytes)
        }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try decodeJPEG(bytes) }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return try decodePNG(bytes) }
        throw .notAnImage(firstBytes: Array(bytes.prefix(8)))
    }

    /// Reads and decodes a regular file.
    public static func read(path: String) throws(ImageFileError) -> RGBImage {
        try decode(try contents(of: path))
    }

    static func checkSize(width: Int, height: Int, format: String) throws(ImageFileError) {
        guard width > 0, height > 0 else { throw .corrupt(format: format, reason: "its size is \(width)x\(height)") }
        guard width <= maximumSide, height <= maximumSide else {
            throw .tooLarge(width: width, height: height, limit: maximumSide)
        }
    }

    private static func contents(of path: String) throws(ImageFileError) -> [UInt8] {
        // Non-blocking, so that a FIFO named like a picture cannot hold the caller in open.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .cannotOpen(path: path, reason: "it is not a regular file")
        }
        guard status.st_size <= maximumBytes else {
            throw .tooManyBytes(count: Int(status.st_size), limit: maximumBytes)
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
            if count == 0 { break }  // it was cut while being read: the decoder will say so
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }
}
