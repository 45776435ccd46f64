import Foundation

/// The rows of a folder's evaluation.jsonl that are to be measured.
struct EvaluationSet: Sendable {
    let directory: String
    let rows: [EvaluationRow]

    var path: String { Self.path(directory) }

    static func path(_ directory: String) -> String { directory + "/evaluation.jsonl" }

    /// - Parameter limit: at most so many rows of each sort; nil: all.
    init(directory: String, measures: Set<EvaluationMeasure>, limit: Int?) throws(EvaluationError) {
        self.directory = directory
        let path = Self.path(directory)
        guard let data = FileManager.default.contents(atPath: path) else {
            let other = StreamSet.path(directory)
            guard FileManager.default.fileExists(atPath: other) else { throw .missing(path: path) }
            throw .otherForm(path: path, found: other, protocol: "stream")
        }
        var rows: [EvaluationRow] = []
        var counts: [EvaluationMeasure: Int] = [:]
        for (index, line) in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 32 }) else { continue }
            let row = try EvaluationRow(json: Data(line), line: index + 1, path: path)
            guard row.measures(measures), counts[row.sort, default: 0] < limit ?? .max else { continue }
            counts[row.sort, default: 0] += 1
            rows.append(row)
        }
        self.rows = rows
    }

    func file(_ name: String) -> String { name.hasPrefix("/") ? name : directory + "/" + name }

    /// An error about a file that a row names.
    func error(_ row: EvaluationRow, _ file: String, _ reason: any Error) -> EvaluationError {
        reason as? EvaluationError ?? .media(path: path, line: row.line, file: self.file(file), reason: "\(reason)")
    }
}
