public import Foundation
import Glibc

/// Files that results are written to.
public enum OutputFile {
    /// Begins an empty file, or empties the one that is there. What is there and is no regular file, a pipe or a device, is
    /// written into and never replaced; behind a link, what it leads to is meant.
    /// - Parameter inputs: folders that are read; no file of theirs is emptied.
    public static func begin(_ path: String, sparing inputs: [String] = []) throws(EvaluationError) -> FileHandle {
        let place = URL(filePath: path).resolvingSymlinksInPath().path
        let input = inputs.first { place.hasPrefix(URL(filePath: $0).resolvingSymlinksInPath().path + "/") }
        if let input, FileManager.default.fileExists(atPath: place) {
            throw .unwritable(path: path, reason: "it is there already, in \(input), which is read; choose another file")
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw .unwritable(path: path, reason: "\(String(cString: strerror(errno))); choose another file or folder")
        }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }
}
