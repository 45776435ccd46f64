public import Checkpoint
import Layers
public import Tensors

/// The Gemma 4 audio encoder, streaming: 16 kHz samples in, soft tokens for the decoder out, 25 a second.
///
///     samples ─▶ log-mel ─▶ subsampling ─▶ Conformer layers ─▶ projection ─▶ RMS, linear into the decoder's width
///
/// Every stage looks back only, and a bounded way: a `State` carries what the next samples need, and the tokens equal those
/// of the whole clip encoded at once, for any division into pushes. Token t is complete when sample 640 (t + 1) exists.
/// The encoder is immutable and may be shared; one state belongs to one clip.
public final class AudioEncoder: Sendable {
    /// 40 ms of 16 kHz samples.
    public static let samplesPerToken = 640
    /// Clips the model was trained on end at 30 s; an endless stream closes its block and opens a new one by then. The
    /// encoder itself has no limit.
    public static let maximumTokensPerBlock = 750
    /// The most tokens that pass through the layers together. A longer push runs in parts, which bounds the memory of one
    /// pass and loses nothing: 64 rows already amortise the weights.
    static let maximumTokensPerPass = 64

    public let configuration: AudioConfiguration
    /// Columns of a soft token: the decoder's hidden size.
    public let outputWidth: Int

    private let subsampling: Subsampling
    private let layers: [ConformerLayer]
    private let outputProjection: Linear
    private let embeddingNorm: RMSNorm
    private let embeddingProjection: Linear

    /// Reads `audio_tower` and `embed_audio`.
    /// - Throws: when the checkpoint has no audio tower, or a tensor is missing or of another shape than config.json says.
    public init(checkpoint: Checkpoint) throws(CheckpointError) {
        guard let configuration = checkpoint.configuration.audio else {
            throw .configuration(
                path: checkpoint.directory + "/config.json",
                .missing(key: "audio_config", meaning: "the model has no audio tower and cannot hear; choose another or switch audio off"))
        }
        let tower = checkpoint.audioTower
        subsampling = try Subsampling(tower.scope("subsample_conv_projection"), configuration)
        var layers: [ConformerLayer] = []
        for index in 0..<configuration.layerCount {
            layers.append(try ConformerLayer(tower.scope("layers.\(index)"), configuration))
        }
        self.layers = layers
        let width = configuration.outputProjectionSize
        outputProjection = try Linear(tower, "output_proj", inputs: configuration.hiddenSize, outputs: width, bias: true)
        embeddingNorm = RMSNorm(width: width, epsilon: configuration.rmsNormEpsilon)
        outputWidth = checkpoint.configuration.text.hiddenSize
        embeddingProjection = try Linear(
            checkpoint.audioEmbedder, "embedding_projection", inputs: width, outputs: outputWidth)
        self.configuration = configuration
    }

    /// A state at the start of a clip.
    /// - Parameter minimumTokens: tokens wait until this many are complete. One call reads all weights however many tokens
    ///   it carries, so 4...12 (160...480 ms) cost little more than 1, the lowest latency.
    public func makeState(minimumTokens: Int = 1) -> State {
        State(minimumTokens: minimumTokens, subsampling: subsampling.makeState(), layers: layers.map { $0.makeState() })
    }

    /// Adds any number of samples in [-1, 1] to the clip; one that is not finite counts as 0.
    /// - Precondition: the clip is not finished.
    /// - Returns: the soft tokens that are now due, `[n, outputWidth]`; often none.
    public func push(samples: [Float], into state: inout State) -> Matrix {
        push(samples: samples, into: &state, trace: nil)
    }

    /// Adds log-mel frames, `[frames, 128]`, as `LogMelSpectrogram` computes them, in place of samples; a value that is not
    /// finite counts as silence.
    /// - Returns: the soft tokens that are now due, `[n, outputWidth]`; often none.
    public func push(mel: Matrix, into state: inout State) -> Matrix {
        push(mel: mel, into: &state, trace: nil)
    }

    /// Ends the clip: encodes the tokens that waited for their group, and the last one even if its 40 ms are not complete.
    ///
    /// The state is then spent. To look ahead (a question arrives in mid-stream), finish a copy and go on with the original,
    /// whose tokens will replace the ones of the copy.
    /// - Returns: the remaining soft tokens, `[n, outputWidth]`: none for a clip of less than 161 samples, and none the
    ///   second time.
    public func finish(_ state: inout State) -> Matrix {
        finish(&state, trace: nil)
    }
}

extension AudioEncoder {
    package func push(samples: [Float], into state: inout State, trace: AudioTrace?) -> Matrix {
        let mel = state.features.push(samples)
        return encode(mel, into: &state, trace: trace)
    }

    package func push(mel: Matrix, into state: inout State, trace: AudioTrace?) -> Matrix {
        var mel = mel
        for index in mel.values.indices where !mel.values[index].isFinite { mel.values[index] = LogMelSpectrogram.silence }
        return encode(mel, into: &state, trace: trace)
    }

    package func finish(_ state: inout State, trace: AudioTrace?) -> Matrix {
        state.isFinished = true
        var tokens = Matrix(zeros: 0, outputWidth)
        while state.waiting.rows > 0 {
            let frames = min(state.waiting.rows, Self.maximumTokensPerPass * Subsampling.framesPerToken)
            tokens.append(pass(state.takeFrames(frames), state: &state, trace: trace))
        }
        return tokens
    }

    private func encode(_ mel: Matrix, into state: inout State, trace: AudioTrace?) -> Matrix {
        precondition(!state.isFinished, "audio was pushed into a finished clip: make a new state for each clip")
        var tokens = Matrix(zeros: 0, outputWidth)
        guard mel.rows > 0 else { return tokens }
        trace?(.mel, mel)
        state.waiting.append(mel)
        while state.waiting.rows >= state.minimumTokens * Subsampling.framesPerToken {
            let count = min(state.waiting.rows / Subsampling.framesPerToken, Self.maximumTokensPerPass)
            tokens.append(pass(state.takeFrames(count * Subsampling.framesPerToken), state: &state, trace: trace))
        }
        return tokens
    }

    /// All stages over whole tokens; only at the end of a clip may the last one lack frames.
    private func pass(_ frames: Matrix, state: inout State, trace: AudioTrace?) -> Matrix {
        var padded = frames
        let missing = (Subsampling.framesPerToken - frames.rows % Subsampling.framesPerToken) % Subsampling.framesPerToken
        if missing > 0 { padded.append(Matrix(zeros: missing, frames.columns)) }
        var hidden = subsampling(padded, validFrames: frames.rows, state: &state.subsampling)
        trace?(.subsampled, hidden)
        for index in layers.indices {
            hidden = layers[index](hidden, state: &state.layers[index])
            trace?(.layer(index), hidden)
        }
        let projected = outputProjection(hidden)
        trace?(.towerOutput, projected)
        let tokens = embeddingProjection(embeddingNorm(projected))
        trace?(.softTokens, tokens)
        state.tokens += tokens.rows
        return tokens
    }
}
