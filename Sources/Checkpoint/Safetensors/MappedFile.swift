import CMapping
import Files
import Glibc
package import Tensors

/// A whole regular file mapped read-only; the mapping lives as long as its `region`.
///
/// A file that is cut or written over while it is mapped ends the process, or is told by ``WeightFiles``; one that is replaced
/// by renaming stays whole.
package struct MappedFile: Sendable {
    package let path: String
    package let region: MemoryRegion

    package var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: region.base, count: region.count)
    }

    package init(path: String) throws(CheckpointError) {
        let (descriptor, count): (CInt, Int)
        do { (descriptor, count) = try RegularFile.open(path) } catch { throw .unreadable(path: path, reason: error.description) }
        defer { close(descriptor) }
        guard count > 0 else { throw .malformedWeights(path: path, .tooShort(bytes: 0)) }
        guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        let address = UInt(bitPattern: base)
        let watch = mapping_watch(base, count, fcntl(descriptor, F_DUPFD_CLOEXEC, 0), path)
        guard watch >= 0 else {
            munmap(base, count)
            throw .unreadable(
                path: path,
                reason: "it cannot be watched for being cut: too many files are open (ulimit -n), or more than "
                    + "\(mapping_limit()) model files in use; merge the shards into fewer files")
        }
        self.path = path
        region = MemoryRegion(base: UnsafeRawPointer(base), count: count, isFileMapping: true) {
            mapping_forget(watch)
            munmap(UnsafeMutableRawPointer(bitPattern: address), count)
        }
    }

    package enum Advice: Sendable {
        /// Start reading the range from disk.
        case willNeed
        /// Rows are gathered here and there: do not read ahead.
        case random

        fileprivate var value: CInt {
            switch self {
            case .willNeed: MADV_WILLNEED
            case .random: MADV_RANDOM
            }
        }
    }

    /// Tells the kernel how a range, and the rest of the pages at its edges, will be used. A refusal changes nothing but speed
    /// and is ignored.
    package func advise(_ advice: Advice, offset: Int, count: Int) {
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        guard page > 0, count > 0 else { return }
        let first = offset / page * page
        let start = UnsafeMutableRawPointer(mutating: region.base + first)
        madvise(start, min(offset + count, region.count) - first, advice.value)
    }
}
