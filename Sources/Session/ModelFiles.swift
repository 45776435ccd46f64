import AudioEncoder
public import Checkpoint
import Decoder
public import Tensors
import VisionEncoder

/// The files of a model directory, opened and compared with each other as far as that goes without reading weights: the
/// configuration with the weights' names and shapes, all of them, the tokenizer with the vocabulary's size, the special tokens with both.
public struct ModelFiles: Sendable {
    public let checkpoint: Checkpoint
    public let tokenizer: Tokenizer
    let format: StreamFormat

    /// - Parameters:
    ///   - directory: the model directory.
    ///   - weights: the format that weights would be computed in.
    /// - Throws: `CheckpointError`, `TokenizerError` or `SessionError`, each naming the file and the remedy.
    public init(directory: String, weights: WeightFormat, pool: ThreadPool) throws {
        checkpoint = try Checkpoint(directory: directory, weights: weights, pool: pool)
        let configuration = checkpoint.configuration
        tokenizer = try Tokenizer(directory: directory, vocabularySize: configuration.text.vocabularySize)
        format = try StreamFormat(tokenizer: tokenizer, tokens: configuration.tokens, isStamped: configuration.stream.isStamped)
        try Self.checkShapes(checkpoint.shapes())
    }

    /// Puts the model together from the weights' headers: each layer asks for its tensors by name and shape, as in loading.
    private static func checkShapes(_ checkpoint: Checkpoint) throws(CheckpointError) {
        if checkpoint.configuration.audio != nil { _ = try AudioEncoder(checkpoint: checkpoint) }
        if checkpoint.configuration.vision != nil {
            do throws(VisionError) {
                _ = try VisionEncoder(checkpoint: checkpoint)
            } catch .checkpoint(let error) {
                throw error
            } catch {}
        }
        _ = try Decoder(checkpoint: checkpoint)
        try checkpoint.requireAllRead()
    }

    /// What is told of tensors that no part of the model uses; nil: there are none.
    public var strayNote: String? {
        let strays = checkpoint.strays
        guard !strays.isEmpty else { return nil }
        let named = strays.prefix(3).joined(separator: ", ") + (strays.count > 3 ? ", …" : "")
        return "\(strays.count) tensor\(strays.count == 1 ? "" : "s") that no part of config.json uses: \(named)"
    }

    /// What the model is called: by its own files, else by its folder.
    public var name: String {
        checkpoint.configuration.extras?.name ?? checkpoint.directory.split(separator: "/").last.map(String.init) ?? "model"
    }
}
