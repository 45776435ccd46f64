import Files
import Glibc

/// Reading small files whole, with a written limit each.
enum FileSystem {
    static let maximumConfigurationBytes = 1 << 20
    /// About 100 bytes a tensor: the index of E2B has 0.2 MB.
    static let maximumIndexBytes = 32 << 20

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The first of a folder's files, by name, whose name ends in one of these.
    static func file(in directory: String, endingIn endings: [String]) -> String? {
        let names = (try? Folder.names(in: directory)) ?? []
        return names.filter { endings.contains(where: $0.hasSuffix) }.min()
    }

    static func bytes(at path: String, limit: Int) throws(CheckpointError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try RegularFile.bytes(at: path, limit: limit)
        } catch {
            if case .tooLarge(let count) = error { throw .fileTooLarge(path: path, bytes: count, limit: limit) }
            throw .unreadable(path: path, reason: error.description)
        }
        if let kind = ForeignFile(first: bytes) { throw .foreign(path: path, kind) }
        return bytes
    }

    static func json(at path: String, limit: Int) throws(CheckpointError) -> JSONValue {
        let bytes = try bytes(at: path, limit: limit)
        do { return try JSONValue(parsing: bytes) } catch { throw .malformedJSON(path: path, error) }
    }
}
