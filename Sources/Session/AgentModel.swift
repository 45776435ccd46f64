import AgentProtocol
public import AudioEncoder
public import Checkpoint
public import Decoder
public import Tensors
public import VisionEncoder

/// A loaded model: tokenizer, both encoders, decoder and the stream's token format. Immutable and shared by all streams.
public final class AgentModel: Sendable {
    public let name: String
    public let weights: WeightFormat
    public let configuration: ModelConfiguration
    public let extras: ModelExtras?
    public let tokenizer: Tokenizer
    public let audioEncoder: AudioEncoder?
    public let visionEncoder: VisionEncoder?
    public let decoder: Decoder
    /// What is told of tensors that no part of the model uses; nil: there are none.
    public let strayNote: String?
    let format: StreamFormat
    let prompts: EnginePrompts

    /// Maps and converts the checkpoint. Reading E2B at q8 takes about a minute, nano a moment.
    /// - Throws: `CheckpointError`, `TokenizerError` or `SessionError`, each naming the file and the remedy.
    public init(directory: String, weights: WeightFormat, pool: ThreadPool) throws {
        let files = try ModelFiles(directory: directory, weights: weights, pool: pool)
        let checkpoint = files.checkpoint
        configuration = checkpoint.configuration
        extras = checkpoint.configuration.extras
        prompts = EnginePrompts(extras)
        name = files.name
        strayNote = files.strayNote
        self.weights = weights
        tokenizer = files.tokenizer
        format = files.format
        audioEncoder = checkpoint.configuration.audio == nil ? nil : try AudioEncoder(checkpoint: checkpoint)
        visionEncoder = checkpoint.configuration.vision == nil ? nil : try VisionEncoder(checkpoint: checkpoint)
        decoder = try Decoder(checkpoint: checkpoint)
        try checkpoint.requireAllRead()
    }

    /// It was trained on system turns other than its own; if not, one in a client's words would stand in the way of its answers.
    var followsInstructions: Bool { extras?.followsInstructions ?? true }

    /// Whether a client's instruction does anything: a standing one is asked as a question is.
    func follows(_ setup: Setup) -> Bool { followsInstructions || setup.isProactive }

    /// What of an earlier answer it is told again.
    func recalled(_ answer: InputRows) -> InputRows {
        extras?.recallsCalls == false ? .text(format.words(of: answer.tokens)) : answer
    }

    /// How it thinks. Models of this project, which have an mmagent.json, do not; published checkpoints do.
    var thoughts: ThoughtTokens? { extras == nil ? format.thoughts : nil }

    /// The system prompt the model was trained with.
    public var defaultSystem: String {
        extras?.system ?? "You see through a camera and hear through a microphone. Answer briefly what you are asked."
    }
}
