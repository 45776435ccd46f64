import Files
import Foundation
import Glibc
import Synchronization

/// The numbers of the main session's events go on over a restart: the state folder has how far they may have been given.
///
/// They are reserved in blocks, before they are given: one small write for ten thousand events, and after a crash, too, no number
/// comes twice. What of a block was not given is a gap to clients.
package final class SequenceStore: Sendable {
    package static let block: Int64 = 10_000
    private static let maximumBytes = 64

    private let path: String?
    private let reserved: Mutex<Int64>

    /// - Parameter folder: of the state; nil or empty: numbers begin with 1 at each start.
    package init(folder: String?) {
        path = folder.flatMap { $0.isEmpty ? nil : $0 + "/sequence" }
        reserved = Mutex(path.map(Self.read) ?? 0)
    }

    /// The last number that may have been given before this start.
    package var last: Int64 { reserved.withLock { $0 } }

    /// Reserves further numbers when half a block is left; to be called every second or so.
    /// - Throws: why they could not be written down.
    package func reserve(beyond given: Int64) throws(WholeFile.Failure) {
        guard let path else { return }
        let end = reserved.withLock { $0 }
        guard end - given < Self.block / 2 else { return }
        let next = given + Self.block
        mkdir((path as NSString).deletingLastPathComponent, 0o700)
        try WholeFile.write(Array("\(next)\n".utf8), to: path, mode: 0o600, survives: true)
        reserved.withLock { $0 = next }
    }

    /// A file that cannot be read is no reason to count from 1: milliseconds since 1970 are more than any number that was given.
    private static func read(_ path: String) -> Int64 {
        let clock = Int64(Date().timeIntervalSince1970 * 1000)
        do {
            let text = String(decoding: try RegularFile.bytes(at: path, limit: maximumBytes), as: UTF8.self)
            guard let number = Int64(text.trimmingCharacters(in: .whitespacesAndNewlines)), (0..<(1 << 52)).contains(number) else {
                return clock
            }
            return number
        } catch {
            return error == .system(ENOENT) ? 0 : clock
        }
    }
}
