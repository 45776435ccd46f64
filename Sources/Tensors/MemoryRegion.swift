import Glibc

/// Bytes that stay where they are for as long as somebody holds this: a mapped file or an allocation.
///
/// Unchecked because it holds an address; its bytes are never written after it was made.
public final class MemoryRegion: @unchecked Sendable {
    public let base: UnsafeRawPointer
    /// Bytes.
    public let count: Int
    private let isFileMapping: Bool
    private let release: @Sendable () -> Void

    /// - Parameters:
    ///   - isFileMapping: the bytes are an unmodified map of a file, so that pages can be given back and read again.
    ///   - release: called once when nobody holds the region any more.
    public init(
        base: UnsafeRawPointer, count: Int, isFileMapping: Bool = false,
        release: @escaping @Sendable () -> Void
    ) {
        self.base = base
        self.count = count
        self.isFileMapping = isFileMapping
        self.release = release
    }

    deinit { release() }

    /// Gives the whole pages inside `range` (bytes) back to the system; they are read from the file when touched again.
    /// Does nothing to memory that is not a file mapping: there it would erase.
    public func discard(_ range: Range<Int>) {
        guard isFileMapping else { return }
        let page = sysconf(Int32(_SC_PAGESIZE))
        let address = Int(bitPattern: base)
        let first = (address + max(range.lowerBound, 0) + page - 1) / page * page
        let last = (address + min(range.upperBound, count)) / page * page
        guard first < last else { return }
        madvise(UnsafeMutableRawPointer(bitPattern: first), last - first, MADV_DONTNEED)
    }

    /// Owned memory, filled by `fill`: aligned to 64 bytes, or, from 8 MB, in pages of 2 MB where the system has them,
    /// which saves the address translation a large share of its work when all weights go by for every token.
    static func allocated(_ count: Int, fill: (UnsafeMutableRawPointer) -> Void) -> MemoryRegion {
        let hugePage = 2 << 20
        let isLarge = count >= 4 * hugePage
        // Handed to the release closure, which alone uses it once `fill` is done.
        nonisolated(unsafe) let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1), alignment: isLarge ? hugePage : 64)
        if isLarge { madvise(memory, count / hugePage * hugePage, MADV_HUGEPAGE) }
        fill(memory)
        return MemoryRegion(base: memory, count: count) { memory.deallocate() }
    }
}
