import Files
import Glibc

/// Reads a regular file (or bytes in memory) in order, 64 kB at a time, with seeking. Never allocates by what a file claims.
///
/// A pipe can be read the same way, forwards only; its length is not known.
package struct ByteReader: ~Copyable, Sendable {
    private let descriptor: Int32
    private let isPipe: Bool
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
        isPipe = false
        buffer = bytes
        count = bytes.count
    }

    /// - Throws: `.cannotOpen` for what is missing, not permitted or not a regular file.
    package init(path: String) throws(CaptureError) {
        let file: (descriptor: CInt, size: Int)
        do { file = try RegularFile.open(path) } catch { throw .cannotOpen(path: path, reason: error.description) }
        descriptor = file.descriptor
        isPipe = false
        buffer = []
        count = file.size
    }

    /// The reading end of a pipe, which is closed at the end.
    package init(pipe: Int32) {
        descriptor = pipe
        isPipe = true
        buffer = []
        count = Int.max
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether nothing follows. Of a pipe that is known only when it has ended.
    package var isAtEnd: Bool {
        mutating get { isPipe ? position >= bufferStart + buffer.count && !loadPipe() : position >= count }
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

    /// Goes to the next place, from here on, where `pattern` stands; to the end when it stands nowhere.
    package mutating func seek(toNext pattern: [UInt8]) -> Bool {
        while true {
            let start = position
            let piece = bytes(Self.bufferSize / 2)
            let offset = piece.withUnsafeBufferPointer { piece in
                piece.indices.dropLast(pattern.count - 1).first { piece[$0] == pattern[0] && piece[$0...].starts(with: pattern) }
            }
            if let offset {
                position = start + offset
                return true
            }
            guard piece.count == Self.bufferSize / 2 else { return false }
            position -= pattern.count - 1
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
        if isPipe { return loadPipe() }
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

    /// The last 64 kB that a pipe gave are kept, so that a header's line can be read again from its beginning.
    private mutating func loadPipe() -> Bool {
        while true {
            let next = bufferStart + buffer.count
            guard position >= bufferStart else { return false }
            let descriptor = descriptor
            let piece = [UInt8](unsafeUninitializedCapacity: Self.bufferSize) { destination, filled in
                var amount: Int
                repeat { amount = Glibc.read(descriptor, destination.baseAddress, Self.bufferSize) } while amount < 0 && errno == EINTR
                filled = max(amount, 0)
            }
            guard !piece.isEmpty else { return false }
            let forgotten = max(0, buffer.count - Self.bufferSize)
            buffer.removeFirst(forgotten)
            bufferStart = next - buffer.count
            buffer += piece
            if position < bufferStart + buffer.count { return true }
        }
    }
}
