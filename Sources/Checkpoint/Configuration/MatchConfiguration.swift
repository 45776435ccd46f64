/// How the match head turns a cosine into a similarity from 0 to 1: `match` of mmagent.json, written beside match.safetensors.
///
///     similarity = sigmoid(logit_scale * weight of the modality * cosine + logit_bias)
public struct MatchConfiguration: Sendable, Equatable {
    public var logitScale: Float
    public var logitBias: Float
    /// Of a frame's cosine with a sentence.
    public var frameWeight: Float
    /// Of a sound's cosine with a sentence.
    public var soundWeight: Float

    public init(logitScale: Float, logitBias: Float, frameWeight: Float = 1, soundWeight: Float = 1) {
        self.logitScale = logitScale
        self.logitBias = logitBias
        self.frameWeight = frameWeight
        self.soundWeight = soundWeight
    }
}

extension MatchConfiguration {
    init(_ table: ConfigurationTable) throws(ConfigurationProblem) {
        var table = table
        func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationProblem) -> Float {
            guard let value = try table.number(key, in: range) else {
                throw .missing(key: table.name(key), meaning: "without it cosines cannot be compared; export the match head again")
            }
            return Float(value)
        }
        logitScale = try number("logit_scale", in: 0.001...1_000)
        logitBias = try number("logit_bias", in: -1_000...1_000)
        frameWeight = try number("frame_weight", in: 0...1_000)
        soundWeight = try number("sound_weight", in: 0...1_000)
    }
}
