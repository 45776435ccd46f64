import Synchronization

/// The newest picture from one writer thread to one reader thread: three preallocated buffers, no locks, no waiting.
///
/// The writer fills the buffer that nobody looks at and swaps it with the middle one; the reader swaps the middle one for the
/// one it has finished with. A picture that is swapped out unread is a dropped frame: for a camera the newest one wins.
public final class FrameMailbox: Sendable {
    /// What the writer says of a picture.
    public struct Header: Sendable, Equatable {
        public var time: MediaTime
        public var sequence: Int
        public var width: Int
        public var height: Int

        public init(time: MediaTime, sequence: Int, width: Int, height: Int) {
            self.time = time
            self.sequence = sequence
            self.width = width
            self.height = height
        }
    }

    /// Bytes that one picture may have.
    public let capacity: Int
    private nonisolated(unsafe) let bytes: UnsafeMutablePointer<UInt8>
    private nonisolated(unsafe) let headers: UnsafeMutablePointer<Header>
    /// The slot between the two sides (0...2), plus 4 when it holds a picture that the reader has not seen.
    private let middle = Atomic<Int>(1)
    private let back = Atomic<Int>(0)  // the writer's own
    private let front = Atomic<Int>(2)  // the reader's own
    private let droppedCount = Atomic<Int>(0)
    private static let fresh = 4

    /// - Parameter capacity: in bytes, 3 x width x height of the largest picture.
    public init(capacity: Int) {
        precondition(capacity > 0, "a mailbox of \(capacity) bytes")
        self.capacity = capacity
        bytes = .allocate(capacity: 3 * capacity)
        bytes.initialize(repeating: 0, count: 3 * capacity)
        headers = .allocate(capacity: 3)
        headers.initialize(repeating: Header(time: .zero, sequence: 0, width: 0, height: 0), count: 3)
    }

    deinit {
        bytes.deallocate()
        headers.deallocate()
    }

    /// How many pictures were replaced before anybody read them. Any thread.
    public var dropped: Int { droppedCount.load(ordering: .relaxed) }

    /// Publishes a picture. The writer's side.
    ///
    /// - Parameter fill: writes the `3 * width * height` bytes it is given; false if it could not: then nothing is published.
    /// - Returns: what `fill` returned.
    /// - Precondition: the picture fits `capacity`.
    @discardableResult
    public func write(_ header: Header, fill: (UnsafeMutableBufferPointer<UInt8>) -> Bool) -> Bool {
        let count = 3 * header.width * header.height
        precondition(count <= capacity, "\(header.width)x\(header.height) does not fit \(capacity) bytes")
        let slot = back.load(ordering: .relaxed)
        headers[slot] = header
        guard fill(UnsafeMutableBufferPointer(start: bytes + slot * capacity, count: count)) else { return false }
        let old = middle.exchange(slot | Self.fresh, ordering: .acquiringAndReleasing)
        if old & Self.fresh != 0 { droppedCount.add(1, ordering: .relaxed) }
        back.store(old & 3, ordering: .relaxed)
        return true
    }

    /// Takes the newest picture that was not taken before, or nil. The reader's side; the copy is made here.
    public func read() -> VideoFrame? {
        guard middle.load(ordering: .relaxed) & Self.fresh != 0 else { return nil }
        let slot = middle.exchange(front.load(ordering: .relaxed), ordering: .acquiringAndReleasing) & 3
        front.store(slot, ordering: .relaxed)
        let header = headers[slot]
        let pixels = Array(UnsafeBufferPointer(start: bytes + slot * capacity, count: 3 * header.width * header.height))
        return VideoFrame(
            time: header.time, image: RGBImage(width: header.width, height: header.height, pixels: pixels), sequence: header.sequence)
    }

    /// Forgets the pictures and overwrites them with zeros. Only while no writer and no reader runs.
    public func erase() {
        bytes.update(repeating: 0, count: 3 * capacity)
        middle.store(middle.load(ordering: .relaxed) & 3, ordering: .relaxed)
    }
}
