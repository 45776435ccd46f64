public import Checkpoint
public import Tensors

/// The files of a model directory, opened and compared with each other as far as that goes without reading weights: the
/// configuration with the weights' names and shapes, the tokenizer with the vocabulary's size, the special tokens with both.
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
    }

    /// What the model is called: by its own files, else by its folder.
    public var name: String {
        checkpoint.configuration.extras?.name ?? checkpoint.directory.split(separator: "/").last.map(String.init) ?? "model"
    }
}
