import Foundation

/// A folder of long recordings: `set.json`, and a folder for each.
package struct StreamSet: Sendable {
    private struct Index: Decodable {
        let format: Int
        let streams: [String]
    }

    package struct Recording: Sendable {
        package let truth: StreamTruth
        package let sound: [StreamSound.File]
        /// What the images of the truth are relative to.
        let directory: String

        package init(truth: StreamTruth, sound: [StreamSound.File], directory: String) {
            self.truth = truth
            self.sound = sound
            self.directory = directory
        }

        package func file(_ name: String) -> String { directory + "/" + name }
    }

    private static let format = 1

    let directory: String
    package let path: String
    package let recordings: [Recording]

    /// - Parameters:
    ///   - names: only these streams; nil: all.
    ///   - minutes: at most so much of each; nil: all.
    package init(directory: String, names: Set<String>? = nil, minutes: Double? = nil) throws(EvaluationError) {
        self.directory = directory
        path = Self.path(directory)
        let other = EvaluationSet.path(directory)
        if !FileManager.default.fileExists(atPath: path), FileManager.default.fileExists(atPath: other) {
            throw .otherForm(path: path, found: other, protocol: "clips")
        }
        let index: Index = try Self.decode(path)
        guard index.format == Self.format else {
            throw .stream(path: path, problem: "format is \(index.format), this program reads \(Self.format): make the set anew")
        }
        if let unknown = names?.subtracting(index.streams).sorted().first {
            throw .stream(path: path, problem: "there is no stream \"\(unknown)\": it has \(index.streams.joined(separator: ", "))")
        }
        var recordings: [Recording] = []
        for name in index.streams where names?.contains(name) ?? true {
            let folder = directory + "/" + name
            let truth: StreamTruth = try Self.decode(folder + "/truth.json")
            if let problem = truth.problem { throw .stream(path: folder + "/truth.json", problem: problem) }
            let limited = minutes.map { truth.limited(to: $0 * 60) } ?? truth
            let sound = StreamSound.File(path: try Self.microphone(folder), from: 0, to: limited.seconds)
            recordings.append(Recording(truth: limited, sound: [sound], directory: folder))
        }
        guard !recordings.isEmpty else { throw .stream(path: path, problem: "it names no stream: make a larger set") }
        self.recordings = recordings
    }

    /// Seconds of all recordings.
    var seconds: Double { recordings.reduce(0) { $0 + $1.truth.seconds } }

    static func path(_ directory: String) -> String { directory + "/set.json" }

    private static func microphone(_ folder: String) throws(EvaluationError) -> String {
        let paths = ["microphone.wav", "microphone.flac"].map { folder + "/" + $0 }
        guard let path = paths.first(where: FileManager.default.fileExists) else { throw .missing(path: paths[0]) }
        return path
    }

    private static func decode<Value: Decodable>(_ path: String) throws(EvaluationError) -> Value {
        guard let data = FileManager.default.contents(atPath: path) else { throw .missing(path: path) }
        // As rows of an evaluation, so these files: of a key that stands twice Foundation keeps either.
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw .stream(path: path, problem: error.sentence)
        } catch {
            throw .stream(path: path, problem: "\(error)")
        }
    }
}
