import Capture
import Foundation
import ImageFiles
import Match
import Session
public import Tensors

/// `mmagent-model match`: which pictures and sounds a sentence describes.
public struct MatchCommand: Sendable {
    /// One sentence with the items, the most similar first.
    public struct Ranking: Codable, Sendable, Equatable {
        public struct Item: Codable, Sendable, Equatable {
            public let file: String
            /// `frame` or `sound`.
            public let kind: String
            /// How well the sentence describes it, 0…1: for comparing items; no probability.
            public let similarity: Float
        }

        public let text: String
        public let items: [Item]
    }

    private let directory: String
    private let weights: WeightFormat
    private let threads: Int

    public init(directory: String, weights: WeightFormat, threads: Int) {
        self.directory = directory
        self.weights = weights
        self.threads = threads
    }

    /// - Parameters:
    ///   - frames: pictures, or folders of them.
    ///   - sounds: WAV files.
    public func run(frames: [String], sounds: [String], texts: [String]) throws -> [Ranking] {
        let pool = ThreadPool(threads: ThreadPool.count(threads))
        let model = try AgentModel(directory: directory, weights: weights, pool: pool)
        let matcher = try Matcher(model: model, directory: directory, pool: pool)
        var items: [(file: String, kind: MatchHead.Modality, embedding: [Float])] = []
        for path in try frames.flatMap(Self.pictures) {
            do {
                items.append((path, .frame, try matcher.embedding(ofFrame: ImageFiles.read(path: path))))
            } catch { throw MatchCommandError.item(file: path, reason: "\(error)") }
        }
        for path in sounds {
            do {
                items.append((path, .sound, try matcher.embedding(ofSound: SoundFile.samples(path), name: path)))
            } catch { throw MatchCommandError.item(file: path, reason: "\(error)") }
        }
        return texts.map { text in
            let sentence = matcher.embedding(of: text)
            let scored = items.map { item in
                Ranking.Item(
                    file: item.file, kind: item.kind.rawValue, similarity: matcher.head.similarity(sentence, item.embedding, item.kind))
            }
            return Ranking(text: text, items: scored.sorted { ($1.similarity, $0.file) < ($0.similarity, $1.file) })
        }
    }

    private static func pictures(_ path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return [path] }
        let folder = try FrameFolder(path: path)
        return folder.names.map { "\(folder.path)/\($0)" }
    }
}

enum MatchCommandError: Error, CustomStringConvertible {
    case item(file: String, reason: String)

    var description: String {
        switch self {
        // Most reasons begin with the file's name.
        case .item(let file, let reason): reason.hasPrefix(file) ? reason : "\(file): \(reason)"
        }
    }
}

extension MatchCommand.Ranking {
    /// As a person reads it.
    public var table: String {
        (["\(text)  (similarity)"] + items.map { String(format: "  %.3f  ", $0.similarity) + $0.file }).joined(separator: "\n")
    }
}
