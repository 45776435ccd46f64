import Files
import Foundation
import Glibc

/// The files of a model directory with their SHA-256, as text that `sha256sum --check` reads. Folders below the directory are
/// left out: nothing that runs a model reads them.
struct ModelManifest: Equatable {
    static let fileName = "mmagent.sha256"
    /// 12 kB for a checkpoint of 100 shards.
    static let maximumBytes = 1 << 20

    /// 64 hexadecimal digits by file name.
    private(set) var digests: [String: String] = [:]

    /// Reads every file of the directory.
    init(of directory: String) throws(SignatureError) {
        for name in try Self.files(in: directory) { digests[name] = try FileBytes.sha256(directory + "/" + name) }
    }

    /// - Parameter path: the name used in errors.
    init(_ bytes: Data, path: String) throws(SignatureError) {
        guard let text = String(data: bytes, encoding: .utf8), text.hasSuffix("\n") else { throw .malformedManifest(path: path, line: 1) }
        for (number, line) in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let digest = line.prefix(64)
            let name = line.dropFirst(66)
            guard digest.utf8.count == 64, digest.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                line.dropFirst(64).hasPrefix("  "), Self.isSuitable(String(name)), digests[String(name)] == nil
            else { throw .malformedManifest(path: path, line: number + 1) }
            digests[String(name)] = digest.lowercased()
        }
    }

    var text: String { digests.sorted { $0.key < $1.key }.map { "\($0.value)  \($0.key)\n" }.joined() }

    /// - Throws: the first file by name that is missing, changed, or not in the manifest.
    func requireSame(in directory: String) throws(SignatureError) {
        let present = try Self.files(in: directory)
        // Names first: a file too many is found before gigabytes are read.
        if let added = present.first(where: { digests[$0] == nil }) { throw .unsigned(path: directory + "/" + added) }
        for (name, digest) in digests.sorted(by: { $0.key < $1.key }) {
            let path = directory + "/" + name
            guard present.contains(name) else { throw .missing(path: path) }
            guard try FileBytes.sha256(path) == digest else { throw .changed(path: path) }
        }
    }

    /// What lies in the directory itself, sorted, without folders, manifest and signature.
    static func files(in directory: String) throws(SignatureError) -> [String] {
        var entries: [[UInt8]] = []
        do {
            try Folder.each(directory) {
                entries.append($0)
                return true
            }
        } catch {
            throw .unreadable(path: directory, reason: error.description)
        }
        var names: [String] = []
        for bytes in entries {
            let name = String(decoding: bytes, as: UTF8.self)
            if [fileName, ModelSignature.fileName].contains(name) { continue }
            guard Array(name.utf8) == bytes, isSuitable(name) else { throw .unsuitableName(directory: directory, name: name) }
            let path = directory + "/" + name
            var status = stat()
            guard stat(path, &status) == 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: continue
            case S_IFREG: names.append(name)
            default: throw .notAFile(path: path)
            }
        }
        return names.sorted()
    }

    /// `sha256sum` writes line breaks and backslashes in names in a way of its own; a slash would leave the directory.
    private static func isSuitable(_ name: String) -> Bool {
        !name.isEmpty && !name.utf8.contains { [0x0A, 0x0D, 0x2F, 0x5C].contains($0) }
    }
}
