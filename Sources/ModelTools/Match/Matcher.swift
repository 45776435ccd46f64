import AudioEncoder
import Checkpoint
import Match
import Media
import Session
import Tensors
import VisionEncoder

/// A model's towers with its match head: pictures, sounds and sentences in, embeddings out.
struct Matcher: Sendable {
    let head: MatchHead
    private let model: AgentModel

    init(model: AgentModel, directory: String, pool: ThreadPool) throws(MatchError) {
        head = try MatchHead(directory: directory, configuration: model.configuration, pool: pool)
        self.model = model
    }

    func embedding(of sentence: String) -> [Float] {
        head.embedding(of: sentence, tokenizer: model.tokenizer, decoder: model.decoder)
    }

    /// A picture as a live frame: with the soft tokens of one.
    func embedding(ofFrame image: RGBImage) throws -> [Float] {
        guard let encoder = model.visionEncoder, let side = head.frame else { throw MatcherError.noSide("pictures") }
        var output = Matrix(zeros: 0, encoder.configuration.hiddenSize)
        _ = try encoder.encode(image, towerOutput: &output)
        return side(output) ?? []
    }

    /// A whole clip, silence included.
    /// - Parameter name: of the file, for the error.
    func embedding(ofSound samples: [Float], name: String) throws -> [Float] {
        guard let encoder = model.audioEncoder, let side = head.sound else { throw MatcherError.noSide("sounds") }
        var encoding = encoder.makeState(minimumTokens: 12)
        var pooling = side.makeState()
        // A second at a time: what a long file takes in memory does not grow.
        for start in stride(from: 0, to: samples.count, by: AudioBlock.sampleRate) {
            var output = Matrix(zeros: 0, encoder.towerOutputWidth)
            _ = encoder.push(
                samples: Array(samples[start..<min(start + AudioBlock.sampleRate, samples.count)]), into: &encoding, towerOutput: &output)
            side.push(output, into: &pooling)
        }
        var output = Matrix(zeros: 0, encoder.towerOutputWidth)
        _ = encoder.finish(&encoding, towerOutput: &output)
        side.push(output, into: &pooling)
        guard let embedding = side.embedding(pooling) else { throw MatcherError.tooShort(name: name, samples: samples.count) }
        return embedding
    }
}

enum MatcherError: Error, CustomStringConvertible {
    case noSide(String)
    case tooShort(name: String, samples: Int)

    var description: String {
        switch self {
        case .noSide(let what): "the model's match head knows no \(what): leave them out, or choose another model"
        case .tooShort(let name, let samples): "\(name) has \(samples) samples, too few for one token: give at least 40 ms of sound"
        }
    }
}
