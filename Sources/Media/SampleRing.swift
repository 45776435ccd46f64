import Synchronization

/// A bounded queue of samples from one writer thread to one reader thread, without locks and without allocation.
///
/// The writer is a device thread: it must never wait for the reader, so a write that does not fit is dropped whole, counted,
/// and shown to the reader as a gap in exactly the place where the samples are missing. Marks (times and gaps) travel in a
/// second ring and name the sample they stand before.
///
/// Memory order: the writer publishes a mark before the samples that follow it, and the reader loads the sample count first,
/// so every mark that belongs before a visible sample is visible too.
public final class SampleRing: Sendable {
    /// What comes next, in order.
    public enum Item: Equatable, Sendable {
        /// Nothing yet.
        case empty
        /// So many samples were copied.
        case samples(Int)
        /// The next sample was captured at this time.
        case time(MediaTime)
        /// Here samples are missing; `lost` of them when their number is known, else 0.
        case gap(lost: Int, cause: GapCause)
    }

    private struct Mark {
        var position: Int
        var nanoseconds: Int64
        /// Negative: a time. Otherwise a gap with that many samples lost.
        var lost: Int
        var cause: GapCause
    }

    public let capacity: Int
    private let markCapacity: Int
    // Touched by the writer in [written, read + capacity) and by the reader in [read, written): never the same element.
    private nonisolated(unsafe) let samples: UnsafeMutablePointer<Float>
    private nonisolated(unsafe) let marks: UnsafeMutablePointer<Mark>

    // Counts since the beginning (a 64-bit count does not wrap); the slot is the count modulo the capacity.
    private let written = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    private let marksWritten = Atomic<Int>(0)
    private let marksTaken = Atomic<Int>(0)
    private let droppedCount = Atomic<Int>(0)
    private let overflowCount = Atomic<Int>(0)
    // The writer's own: a gap that is to be told before the next sample that fits. -1: none.
    private let pendingLost = Atomic<Int>(-1)
    private let pendingCause = Atomic<UInt8>(0)

    /// - Parameters:
    ///   - capacity: in samples.
    ///   - marks: how many times and gaps may wait; times give way to gaps when room is short.
    public init(capacity: Int, marks markCapacity: Int = 256) {
        precondition(capacity > 0 && markCapacity > 8, "a ring of \(capacity) samples and \(markCapacity) marks")
        self.capacity = capacity
        self.markCapacity = markCapacity
        samples = .allocate(capacity: capacity)
        samples.initialize(repeating: 0, count: capacity)
        marks = .allocate(capacity: markCapacity)
        marks.initialize(repeating: Mark(position: 0, nanoseconds: 0, lost: 0, cause: .overflow), count: markCapacity)
    }

    deinit {
        samples.deallocate()
        marks.deallocate()
    }

    /// How many samples were dropped because the ring was full. Any thread.
    public var dropped: Int { droppedCount.load(ordering: .relaxed) }
    /// How many times the ring ran full (a run of dropped writes counts once). Any thread.
    public var overflows: Int { overflowCount.load(ordering: .relaxed) }
    /// How many samples wait. Exact for the reader, a lower bound elsewhere.
    public var count: Int { writePosition - readPosition }
    /// How many samples were ever taken in: the position at which the next one will stand.
    public var writePosition: Int { written.load(ordering: .acquiring) }
    /// The position of the next sample to be read.
    public var readPosition: Int { taken.load(ordering: .acquiring) }

    // MARK: The writer's side

    /// Appends all the samples, or none when they do not fit (they are then counted and told as a gap).
    ///
    /// - Parameter time: when the first of them was captured, if known.
    /// - Returns: whether they were taken.
    @discardableResult
    public func write(_ source: UnsafeBufferPointer<Float>, time: MediaTime? = nil) -> Bool {
        guard source.count > 0 else { return true }
        let head = written.load(ordering: .relaxed)
        let free = capacity - (head - taken.load(ordering: .acquiring))
        guard free >= source.count, tellPendingGap(at: head) else {
            droppedCount.add(source.count, ordering: .relaxed)
            if pendingLost.load(ordering: .relaxed) <= 0 { overflowCount.add(1, ordering: .relaxed) }
            noteGap(lost: source.count, cause: .overflow)
            return false
        }
        // A time is a help, a gap is a fact: eight slots are kept for gaps.
        if let time, freeMarks > 8 {
            push(Mark(position: head, nanoseconds: time.nanoseconds, lost: -1, cause: .overflow))
        }
        let start = head % capacity
        let first = min(source.count, capacity - start)
        (samples + start).update(from: source.baseAddress!, count: first)
        if first < source.count { samples.update(from: source.baseAddress! + first, count: source.count - first) }
        written.store(head + source.count, ordering: .releasing)
        return true
    }

    /// Says that samples are missing before the next one written. The first cause noted stands; numbers add up.
    public func noteGap(lost: Int, cause: GapCause) {
        let before = pendingLost.load(ordering: .relaxed)
        if before < 0 { pendingCause.store(cause.rawValue, ordering: .relaxed) }
        pendingLost.store(max(before, 0) + lost, ordering: .relaxed)
    }

    private var freeMarks: Int {
        markCapacity - (marksWritten.load(ordering: .relaxed) - marksTaken.load(ordering: .acquiring))
    }

    private func tellPendingGap(at head: Int) -> Bool {
        let lost = pendingLost.load(ordering: .relaxed)
        guard lost >= 0 else { return true }
        guard freeMarks > 0 else { return false }
        let cause = GapCause(rawValue: pendingCause.load(ordering: .relaxed)) ?? .overflow
        push(Mark(position: head, nanoseconds: 0, lost: lost, cause: cause))
        pendingLost.store(-1, ordering: .relaxed)
        return true
    }

    private func push(_ mark: Mark) {
        let index = marksWritten.load(ordering: .relaxed)
        marks[index % markCapacity] = mark
        marksWritten.store(index + 1, ordering: .releasing)
    }

    // MARK: The reader's side

    /// Takes the next item; samples go to `destination`, as many as there are up to the next mark.
    public func read(into destination: UnsafeMutableBufferPointer<Float>) -> Item {
        let head = written.load(ordering: .acquiring)
        let tail = taken.load(ordering: .relaxed)
        var limit = head
        let markIndex = marksTaken.load(ordering: .relaxed)
        if markIndex < marksWritten.load(ordering: .acquiring) {
            let mark = marks[markIndex % markCapacity]
            if mark.position == tail {
                marksTaken.store(markIndex + 1, ordering: .releasing)
                return mark.lost < 0
                    ? .time(MediaTime(nanoseconds: mark.nanoseconds)) : .gap(lost: mark.lost, cause: mark.cause)
            }
            limit = min(limit, mark.position)
        }
        let count = min(limit - tail, destination.count)
        guard count > 0 else { return .empty }
        let start = tail % capacity
        let first = min(count, capacity - start)
        destination.baseAddress!.update(from: samples + start, count: first)
        if first < count { (destination.baseAddress! + first).update(from: samples, count: count - first) }
        taken.store(tail + count, ordering: .releasing)
        return .samples(count)
    }

    /// Forgets everything and overwrites it with zeros (mute promises that nothing heard before stays in memory).
    ///
    /// Only while no writer and no reader runs.
    public func erase() {
        samples.update(repeating: 0, count: capacity)
        taken.store(written.load(ordering: .acquiring), ordering: .releasing)
        marksTaken.store(marksWritten.load(ordering: .acquiring), ordering: .releasing)
        pendingLost.store(-1, ordering: .relaxed)
    }
}
