import AgentProtocol
import Foundation
import Glibc
import Synchronization

/// What the daemon remembers over restarts: which senses are muted. One small file, `state.json`, replaced whole or not at all.
///
/// What cannot be read is kept beside it, and both senses start muted: a device that its owner had closed must not open because
/// a disk was full or a file was damaged.
final class StateStore: Sendable {
    /// A larger file is not one of ours.
    private static let maximumBytes = 4096
    private static let version = 1

    private struct File: Codable {
        var version: Int
        var muted: [String]
    }

    /// nil: nothing is remembered.
    private let folder: String?
    private let trouble = Mutex<String?>(nil)

    /// - Parameter folder: made if it is missing; nil or empty: nothing is remembered.
    init(folder: String?) {
        self.folder = folder.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What is wrong with the memory at the moment, with the remedy; nil if nothing is.
    var problem: String? { trouble.withLock { $0 } }

    private var path: String? { folder.map { $0 + "/state.json" } }

    /// Why nothing can be remembered in a folder, with the remedy; nil: it can, or the folder is made when it is needed.
    static func problem(folder: String) -> String? {
        var info = stat()
        guard stat(folder, &info) == 0 else { return nil }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            return "[state] path \(folder) is no folder, so a restart forgets what is muted: name a folder, or move the file away"
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            return "[state] path \(folder) cannot be written, so a restart forgets what is muted: make it writable for the daemon's user"
        }
        return nil
    }

    /// What was muted when the daemon ended.
    func mutedSenses() -> Set<Modality> {
        guard let folder, let path else { return [] }
        // What was muted stays so, also where nothing new can be written down.
        if let problem = Self.problem(folder: folder) { trouble.withLock { $0 = problem } }
        var info = stat()
        // Only a file that is not there says that nothing was muted; one that may not be looked at says nothing.
        if stat(path, &info) != 0, [ENOENT, ENOTDIR].contains(errno) { return [] }
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            let data = try handle.read(upToCount: Self.maximumBytes + 1) ?? Data()
            guard data.count <= Self.maximumBytes else { throw Unreadable(reason: "it is larger than \(Self.maximumBytes) bytes") }
            guard let file = try? JSONDecoder().decode(File.self, from: data) else {
                throw Unreadable(reason: "it is not a state of mmagentd")
            }
            guard file.version == Self.version else {
                throw Unreadable(reason: "its version is \(file.version), known is \(Self.version)")
            }
            let muted = file.muted.compactMap(Modality.init(rawValue:))
            guard muted.count == file.muted.count else { throw Unreadable(reason: "it names a sense that does not exist") }
            return Set(muted)
        } catch {
            let reason = (error as? Unreadable)?.reason ?? error.localizedDescription
            let isKept = rename(path, path + ".unreadable") == 0
            trouble.withLock {
                $0 =
                    "\(path) could not be read (\(reason)); \(isKept ? "it is kept as state.json.unreadable, and " : "")"
                    + "microphone and camera start muted: open them with mmagentctl unmute"
            }
            return Set(Modality.allCases)
        }
    }

    /// Remembers what is muted.
    /// - Throws: `StateError`, with what follows from it and the remedy. What was remembered before is then still there.
    func remember(muted: Set<Modality>) throws(StateError) {
        guard let folder, let path else { return }
        do throws(StateError) {
            // The keys of Codable come in any order; one file for one state is easier to compare.
            let names = muted.map { "\"\($0.rawValue)\"" }.sorted().joined(separator: ",")
            try Self.write(Array("{\"version\":\(Self.version),\"muted\":[\(names)]}\n".utf8), to: path, in: folder)
            trouble.withLock { $0 = nil }
        } catch {
            trouble.withLock { $0 = error.description }
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to path: String, in folder: String) throws(StateError) {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw StateError(path: folder, code: errno) }
        var info = stat()
        if lstat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG { throw StateError(path: path, code: EEXIST) }
        let temporary = path + ".part"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StateError(path: temporary, code: errno) }
        var isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        // A disk that is full says so with a short write and no errno.
        var code = isWritten ? 0 : errno == 0 ? ENOSPC : errno
        if close(file) != 0, isWritten { (isWritten, code) = (false, errno) }
        if isWritten, rename(temporary, path) != 0 { (isWritten, code) = (false, errno) }
        guard isWritten else {
            unlink(temporary)
            throw StateError(path: path, code: code)
        }
        // The new name is on the disk only when the folder is.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private struct Unreadable: Error { let reason: String }
}

/// The daemon could not write down what it shall remember.
struct StateError: Error, CustomStringConvertible {
    let path: String
    /// errno
    let code: Int32

    var description: String {
        let remedy =
            switch code {
            case ENOSPC, EDQUOT: "free some space"
            case EACCES, EPERM, EROFS: "make it writable for the daemon's user"
            default: "look at the file system"
            }
        return "\(path) could not be written (\(String(cString: strerror(code)))), so a restart forgets what is muted now: \(remedy)"
    }
}
