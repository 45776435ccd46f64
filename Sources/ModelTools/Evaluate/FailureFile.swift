import Foundation

/// Answers that were not right, a JSON object a line.
public final class FailureFile {
    private let handle: FileHandle
    private let encoder = JSONEncoder()

    public init(_ path: String) throws(EvaluationError) {
        handle = try OutputFile.begin(path)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    public func write(_ failure: EvaluationFailure) throws {
        try handle.write(contentsOf: encoder.encode(failure) + Data("\n".utf8))
    }
}
