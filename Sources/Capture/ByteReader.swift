import Glibc

/// Reads a regular file (or bytes in memory) in order, 64 kB at a time, with seeking. Never allocates by what a file claims.
package struct ByteReader: ~Copyable, Sendable {
    private let descriptor: Int32
    /// The bytes from `bufferStart` on.
    private var buffer: [UInt8]
    private var bufferStart = 0
    package private(set) var position = 0
    /// The size of the whole when it was opened.
    package let count: Int
    private static let bufferSize = 1 << 16

    /// Bytes in memory.
    package init(_ bytes: [UInt8]) {
        descriptor = -1
        buffer = bytes
        count = bytes.count
    }

    /// - Throws: `.cannotOpen` for what is missing, not permitted or not a regular file.
    package init(path: String) throws(CaptureError) {
        // Non-blocking, so that a FIFO cannot hold the caller in open.
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard opened >= 0 else { throw .cannotOpen(path: path, reason: String(cString: strerror(errno))) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw .cannotOpen(path: path, reason: "it is not a regular file")
        }
        descriptor = opened
        buffer = []
        count = Int(status.st_size)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    package mutating func seek(to newPosition: Int) {
        position = newPosition
    }

    /// Copies up to `destination.count` bytes.
    /// - Returns: how many; fewer only at the end of the file (or at a read error, which ends it).
    package mutating func read(into destination: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < destination.count {
            if position < bufferStart || position >= bufferStart + buffer.count {
                guard load() else { break }
            }
            let offset = position - bufferStart
            let amount = min(destination.count - filled, buffer.count - offset)
            buffer.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: destination[filled..<filled + amount])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + amount]))
            }
            position += amount
            filled += amount
        }
        return filled
    }

    /// The next `count` bytes, fewer at the end. For small counts.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { destination, filled in
            filled = read(into: UnsafeMutableRawBufferPointer(destination))
        }
    }

    /// The bytes up to the next line feed, without it, or nil when there is none within `limit` bytes.
    package mutating func line(limit: Int) -> [UInt8]? {
        let start = position
        let found = bytes(limit)
        guard let end = found.firstIndex(of: 10) else {
            position = start
            return nil
        }
        position = start + end + 1
        return Array(found[..<end])
    }

    /// Fills the buffer from `position` on; false at the end.
    private mutating func load() -> Bool {
        guard descriptor >= 0, position < count else { return false }
        let start = position
        let descriptor = descriptor
        bufferStart = start
        buffer = [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { destination, filled in
            var amount: Int
            repeat {
                amount = pread(descriptor, destination.baseAddress, Self.bufferSize, start)
            } while amount < 0 && errno == EINTR
            filled = max(amount, 0)
        }
        return !buffer.isEmpty
    }
}
