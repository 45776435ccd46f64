public import Checkpoint
public import Decoder
import Foundation
public import Tensors

/// One space for frames, sounds and sentences, trained by the sigmoid loss of SigLIP (Zhai et al. 2023): how well does a
/// sentence describe a picture, or a sound.
///
/// Reads what the towers and the decoder compute anyway: a frame's and a sound's tower output before the decoder's embedder,
/// a sentence's final hidden states. The weights are small and stay in f32 whatever the model's format.
public struct MatchHead: Sendable {
    public enum Modality: String, Sendable, CaseIterable {
        case frame
        case sound
    }

    static let fileName = "match.safetensors"

    public let configuration: MatchConfiguration
    /// Nil if the head was trained without pictures.
    public let frame: MatchSide?
    /// Nil if the head was trained without sounds.
    public let sound: MatchSide?
    public let text: MatchSide

    /// Whether a model directory has a match head.
    public static func exists(in directory: String) -> Bool {
        FileManager.default.fileExists(atPath: directory + "/" + fileName)
    }

    /// - Parameters:
    ///   - directory: the model directory; holds match.safetensors.
    ///   - configuration: the model's, with `match` of mmagent.json.
    public init(directory: String, configuration: ModelConfiguration, pool: ThreadPool) throws(MatchError) {
        guard Self.exists(in: directory) else { throw .noHead(directory: directory) }
        guard let scalars = configuration.extras?.match else { throw .noScalars(directory: directory) }
        self.configuration = scalars
        var weights = try MatchWeights(path: directory + "/" + Self.fileName, pool: pool)
        let text = try MatchSide(
            "text", inputs: configuration.text.hiddenSize, epsilon: configuration.text.rmsNormEpsilon, &weights)
        func side(_ name: String, _ tower: (width: Int, epsilon: Float)?) throws(MatchError) -> MatchSide? {
            guard weights.has("\(name).hidden.weight") else { return nil }
            guard let tower else { throw .noTower(side: name, path: weights.path) }
            return try MatchSide(name, inputs: tower.width, dimensions: text.dimensions, epsilon: tower.epsilon, &weights)
        }
        frame = try side("frame", configuration.vision.map { ($0.hiddenSize, $0.rmsNormEpsilon) })
        sound = try side("sound", configuration.audio.map { ($0.outputProjectionSize, $0.rmsNormEpsilon) })
        self.text = text
        try weights.requireAllRead()
    }

    public func side(_ modality: Modality) -> MatchSide? {
        switch modality {
        case .frame: frame
        case .sound: sound
        }
    }

    /// The embedding of a sentence, read in a stream of its own: `<bos>` and its tokens.
    public func embedding(of sentence: String, tokenizer: Tokenizer, decoder: Decoder) -> [Float] {
        var stream = decoder.makeStream()
        let tokens = [decoder.configuration.tokens.bos] + tokenizer.encodePlain(sentence)
        // There is always a token: <bos>.
        return text(decoder.hidden(.text(tokens), into: &stream)) ?? []
    }

    /// `logit_scale * weight of the modality * cosine + logit_bias`.
    public func score(_ sentence: [Float], _ item: [Float], _ modality: Modality) -> Float {
        let weight = modality == .frame ? configuration.frameWeight : configuration.soundWeight
        return configuration.logitScale * weight * cosine(sentence, item) + configuration.logitBias
    }

    /// How well the sentence describes the item, 0…1: the sigmoid that the head was trained with. It orders items; how often what
    /// it gives a 0.9 is described so depends on what it is compared with, so it is no probability.
    public func similarity(_ sentence: [Float], _ item: [Float], _ modality: Modality) -> Float {
        1 / (1 + exp(-score(sentence, item, modality)))
    }

    /// Of two embeddings, which have length 1.
    private func cosine(_ a: [Float], _ b: [Float]) -> Float {
        precondition(a.count == b.count, "embeddings of \(a.count) and \(b.count) dimensions")
        return Float(zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) })
    }
}
