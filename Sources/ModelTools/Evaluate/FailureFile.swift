import Foundation

/// Answers that were not right, a JSON object a line.
public final class FailureFile {
    private let handle: FileHandle
    private let encoder = JSONEncoder()

    /// - Parameter inputs: as of ``OutputFile/begin(_:sparing:)``.
    public init(_ path: String, sparing inputs: [String] = []) throws(EvaluationError) {
        handle = try OutputFile.begin(path, sparing: inputs)
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    public func write(_ failure: EvaluationFailure) throws {
        try handle.write(contentsOf: encoder.encode(failure) + Data("\n".utf8))
    }
}
