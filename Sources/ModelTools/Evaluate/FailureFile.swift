import Foundation

/// Answers that were not right, a JSON object a line.
public final class FailureFile {
    private let handle: FileHandle
    private let encoder = JSONEncoder()

    /// Begins an empty file.
    public init(_ path: String) throws(EvaluationError) {
        guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path) else {
            throw .unwritable(path: path, reason: "no file can be made there; choose another folder")
        }
        self.handle = handle
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    public func write(_ failure: EvaluationFailure) throws {
        try handle.write(contentsOf: encoder.encode(failure) + Data("\n".utf8))
    }
}
