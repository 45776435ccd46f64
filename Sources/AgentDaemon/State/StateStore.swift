package import AgentProtocol
import Files
import Foundation
import Glibc
import Synchronization

/// What the daemon remembers over restarts: which senses are muted. One small file, `state.json`, replaced whole or not at all.
///
/// What cannot be read is kept beside it, and both senses start muted, as they do where nothing can be written: a device that its
/// owner had closed must not open because a file was damaged, or because closing it could not be written down.
package final class StateStore: Sendable {
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
    private let isWritable: @Sendable (String) -> Bool

    /// - Parameters:
    ///   - folder: made if it is missing; nil or empty: nothing is remembered.
    ///   - isWritable: whether files can be made in a folder.
    package init(folder: String?, isWritable: @escaping @Sendable (String) -> Bool = StateStore.isWritable) {
        self.folder = folder.flatMap { $0.isEmpty ? nil : $0 }
        self.isWritable = isWritable
    }

    package static func isWritable(_ folder: String) -> Bool { FolderProbe(folder) == .writable }

    /// What is wrong with the memory at the moment, with the remedy; nil if nothing is.
    package var problem: String? { trouble.withLock { $0 } }

    private var path: String? { folder.map { $0 + "/state.json" } }

    /// Why nothing can be remembered in a folder, with the remedy; nil: it can.
    static func problem(folder: String, isWritable: (String) -> Bool = StateStore.isWritable) -> String? {
        let consequence = "so microphone and camera start muted"
        var info = stat()
        if stat(folder, &info) != 0 {
            let code = errno
            // The folder itself is made when it is needed.
            let parent = (folder as NSString).deletingLastPathComponent
            guard code == ENOENT, isWritable(parent) else {
                let reason = String(cString: strerror(code))
                let remedy = FolderProbe(parent).isImpossible ? "name another folder" : "make it for the daemon's user"
                return "[state] path \(folder) can be neither used nor made (\(reason)), \(consequence): \(remedy)"
            }
            return nil
        }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            return "[state] path \(folder) is no folder, \(consequence): name a folder, or move the file away"
        }
        guard isWritable(folder) else {
            let remedy = FolderProbe(folder).isImpossible ? "name another folder" : "make it writable for the daemon's user"
            return "[state] path \(folder) cannot be written, \(consequence): \(remedy)"
        }
        return nil
    }

    /// What was muted when the daemon ended; everything if that cannot be known.
    package func mutedSenses() -> Set<Modality> {
        guard let folder, let path else { return [] }
        if let problem = Self.problem(folder: folder, isWritable: isWritable) {
            trouble.withLock { $0 = problem }
            // What stands there may be older than what was muted last.
            return Set(Modality.allCases)
        }
        do throws(Unreadable) {
            return try Self.read(path)
        } catch {
            let kept = path + ".unreadable"
            // An older one makes room; a pipe or a device there does not.
            let isKept = WholeFile.obstacle(at: kept) == nil && rename(path, kept) == 0
            trouble.withLock {
                $0 =
                    "\(path) could not be read (\(error.reason)); \(isKept ? "it is kept as state.json.unreadable, and " : "")"
                    + "microphone and camera start muted: open them with mmagentctl unmute"
            }
            return Set(Modality.allCases)
        }
    }

    private static func read(_ path: String) throws(Unreadable) -> Set<Modality> {
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.bytes(at: path, limit: maximumBytes)
        } catch {
            var info = stat()
            if error == .system(ENOENT), lstat(path, &info) != 0 { return [] }
            if case .tooLarge = error { throw Unreadable(reason: "it is larger than \(maximumBytes) bytes") }
            throw Unreadable(reason: error.description)
        }
        // Of a key that stands twice the decoder would keep either: a sense could be open that its owner had closed.
        guard (try? JSONText.parse(bytes)) != nil, let file = try? JSONDecoder().decode(File.self, from: Data(bytes)) else {
            throw Unreadable(reason: "it is not a state of mmagentd")
        }
        guard file.version == version else { throw Unreadable(reason: "its version is \(file.version), known is \(version)") }
        let muted = file.muted.compactMap(Modality.init(rawValue:))
        guard muted.count == file.muted.count else { throw Unreadable(reason: "it names a sense that does not exist") }
        return Set(muted)
    }

    /// Remembers what is muted.
    /// - Throws: `StateError`, with what follows from it and the remedy. What was remembered before is then still there.
    package func remember(muted: Set<Modality>) throws(StateError) {
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
        do throws(WholeFile.Failure) {
            try WholeFile.write(bytes, to: path, mode: 0o600, survives: true)
        } catch {
            throw StateError(path: error.path, code: error.code)
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
package struct StateError: Error, CustomStringConvertible {
    let path: String
    /// errno
    let code: Int32

    package init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    package var description: String {
        let remedy = WholeFile.Failure(path: path, code: code).remedy
        return "\(path) could not be written (\(String(cString: strerror(code)))), so a restart does not know what is muted now: \(remedy)"
    }
}
