import Checkpoint
import Foundation
import Match
import Session
import Tensors

/// What is in a model directory, in words, from its configuration, its tokenizer and its weights, all of which are read.
public struct Inspection: Sendable {
    public let text: String

    /// - Throws: as loading the model would, of what does not belong together: `CheckpointError`, `TokenizerError`, `SessionError`,
    ///   `MatchError`.
    public init(directory: String) throws {
        let pool = ThreadPool(threads: 1)
        let files = try ModelFiles(directory: directory, weights: .f32, pool: pool)
        let configuration = files.checkpoint.configuration
        let text = configuration.text
        var lines: [(String, String)] = []
        lines.append(("model", configuration.extras?.name ?? "Gemma 4 family"))
        lines.append(
            ("decoder", "\(text.layerCount) layers x \(text.hiddenSize), \(text.headCount) heads, vocabulary \(text.vocabularySize)"))
        let full = text.layerTypes.count { $0 == .full }
        lines.append(("attention", "\(text.layerCount - full) sliding (window \(text.slidingWindow)), \(full) full"))
        let producers = text.layerCount - text.sharedKeyValueLayerCount
        lines.append(("key/value layers", "\(producers) of \(text.layerCount) own them; context rows run through those only"))
        lines.append(("cache", "\(text.cacheBytesPerRow(.full)) bytes a row in full attention (f32)"))
        lines.append(("stream", Self.stream(configuration)))
        lines.append(("per-layer inputs", text.perLayerInputSize > 0 ? "\(text.perLayerInputSize) wide, gathered from the file" : "none"))
        if let vision = configuration.vision {
            lines.append(
                ("vision", "\(vision.layerCount) layers x \(vision.hiddenSize), \(vision.softTokenBudget) soft tokens a frame at most"))
        } else {
            lines.append(("vision", "none"))
        }
        if let audio = configuration.audio {
            lines.append(("audio", "\(audio.layerCount) Conformer layers x \(audio.hiddenSize), 25 tokens a second"))
        } else {
            lines.append(("audio", "none"))
        }
        lines.append(("match", try Self.match(directory, configuration, pool)))
        lines.append(("tokenizer", "\(files.tokenizer.vocabularyCount) entries"))
        let tokens = configuration.tokens
        lines.append(("stop tokens", tokens.eos.map(String.init).joined(separator: ", ")))
        if let kinds = configuration.extras?.kinds, !kinds.isEmpty {
            lines.append(("names", kinds.map(\.name).joined(separator: ", ")))
        }
        lines.append(("weights", try Self.files(directory)))
        if let strays = files.strayNote { lines.append(("ignored", strays)) }
        self.text = lines.map { $0.0.padding(toLength: 20, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
    }

    /// What stream the model was made for: `352 rows (frames 160, sounds 130, text 60), 6 frames, 4 sounds; as …`.
    private static func stream(_ configuration: ModelConfiguration) -> String {
        let stream = configuration.stream
        var parts = ["\(stream.rows) rows (frames \(stream.videoRows), sounds \(stream.audioRows), text \(stream.textRows))"]
        if let frames = stream.frames { parts.append("\(frames) frames") }
        if let sounds = stream.sounds { parts.append("\(sounds) sounds") }
        parts.append(stream.hasFarPrefix ? "for any time" : "the system prompt stays near")
        parts.append(stream.isStamped ? "questions and sounds with their time" : "frames with their time")
        return parts.joined(separator: ", ") + "; " + configuration.streamOrigin
    }

    /// The head is read whole, as `match` would: it is small.
    private static func match(_ directory: String, _ configuration: ModelConfiguration, _ pool: ThreadPool) throws -> String {
        guard MatchHead.exists(in: directory) else { return "none" }
        let head = try MatchHead(directory: directory, configuration: configuration, pool: pool)
        let sides = MatchHead.Modality.allCases.filter { head.side($0) != nil }.map { $0.rawValue + "s" } + ["sentences"]
        return "\(sides.joined(separator: ", ")) in \(head.text.dimensions) dimensions"
    }

    private static func files(_ directory: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
            $0.hasSuffix(".safetensors") && !$0.hasPrefix("golden")
        }
        var parameters = 0
        var bytes = 0
        var types: Set<String> = []
        for name in names {
            let file = try SafetensorsFile(path: directory + "/" + name)
            // What stays in the memory map is not looked at by loading.
            try file.requireFinite()
            for tensor in file.names {
                guard let shape = file.shape(tensor), let type = file.type(tensor) else { continue }
                let count = shape.reduce(1, *)
                parameters += count
                bytes += count * type.bytes
                types.insert(type.rawValue)
            }
        }
        return String(
            format: "%d file%@, %.2f M parameters, %.1f MB, %@", names.count, names.count == 1 ? "" : "s", Double(parameters) / 1e6,
            Double(bytes) / 1e6,
            types.sorted().joined(separator: ", "))
    }
}
