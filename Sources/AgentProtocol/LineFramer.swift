import Glibc

/// Cuts a byte stream into lines, however it arrives.
///
/// Lines end with `\n`; `\r` before it and lines of white space alone (keepalives) are dropped. A line over the limit is refused once,
/// as soon as the limit is passed, and the rest of it is dropped as it arrives: the framer never holds more than the limit and one push.
/// A byte order mark before the first line is dropped.
public struct LineFramer: Sendable {
    public enum Element: Sendable, Hashable {
        /// One line of valid UTF-8, not empty, without its end.
        case line([UInt8])
        case refused(ProtocolError)
    }

    /// 16 MiB: the largest message a client may send.
    public static let defaultMaximumLineBytes = 16 << 20

    public var maximumLineBytes: Int
    private var isFirstLine = true
    private var partial: [UInt8] = []
    private var isDiscarding = false
    /// Elements not yet taken are `ready[taken...]`.
    private var ready: [Element] = []
    private var taken = 0

    public init(maximumLineBytes: Int = LineFramer.defaultMaximumLineBytes) {
        self.maximumLineBytes = maximumLineBytes
    }

    /// Bytes of the unfinished line that are held.
    public var partialBytes: Int { partial.count }
    /// Bytes of whole lines that are held.
    public private(set) var readyBytes = 0

    /// Takes more bytes of the stream.
    public mutating func push(_ bytes: some Collection<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { scan($0) }
        if done == nil { Array(bytes).withUnsafeBufferPointer { scan($0) } }
    }

    /// Takes more bytes of one message that its transport delimits: a line break in it is white space like any other.
    public mutating func push(piece: some Collection<UInt8>) {
        let done: Void? = piece.withContiguousStorageIfAvailable { take($0) }
        if done == nil { Array(piece).withUnsafeBufferPointer { take($0) } }
    }

    /// The stream, or the message, is over: what is left is the last line, whose line break many leave out.
    public mutating func finish() { finishLine() }

    /// Drops what is held of the unfinished line, and the rest of it as it arrives.
    public mutating func refuseLine(_ error: ProtocolError) {
        guard !isDiscarding else { return }
        partial = []
        isDiscarding = true
        ready.append(.refused(error))
    }

    /// The next line or refusal, nil when more bytes are needed.
    public mutating func next() -> Element? {
        guard taken < ready.count else { return nil }
        defer {
            if case .line(let bytes) = ready[taken] { readyBytes -= bytes.count }
            taken += 1
            if taken == ready.count {
                ready.removeAll(keepingCapacity: true)
                taken = 0
            }
        }
        return ready[taken]
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeBufferPointer(rebasing: bytes[start...])
            let end = Self.lineEnd(rest)
            take(UnsafeBufferPointer(rebasing: rest[..<(end ?? rest.count)]))
            guard let end else { return }
            finishLine()
            start += end + 1
        }
    }

    private mutating func take(_ piece: UnsafeBufferPointer<UInt8>) {
        guard !isDiscarding else { return }
        guard partial.count + piece.count <= maximumLineBytes else {
            return refuseLine(.lineTooLong(limit: maximumLineBytes))
        }
        partial.append(contentsOf: piece)
    }

    private mutating func finishLine() {
        defer {
            isDiscarding = false
            // A large line's storage is not kept for the small ones that follow.
            partial.removeAll(keepingCapacity: partial.capacity <= 64 << 10)
        }
        if isFirstLine, partial.starts(with: Self.byteOrderMark) { partial.removeFirst(Self.byteOrderMark.count) }
        guard !isDiscarding, let last = partial.lastIndex(where: { !Self.isSpace($0) }) else { return }
        isFirstLine = false
        partial.removeSubrange((last + 1)...)
        do {
            _ = try UTF8Span(validating: partial.span)
            ready.append(.line(partial))
            readyBytes += partial.count
        } catch {
            ready.append(.refused(.notUTF8(offset: error.byteOffsets.lowerBound)))
        }
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func lineEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard let base = bytes.baseAddress, let found = memchr(base, Int32(UInt8(ascii: "\n")), bytes.count) else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
