import Figures

/// How the next token is chosen from the logits.
public struct SamplingParameters: Sendable, Equatable {
    /// 0 takes the most likely token; otherwise logits are divided by it. `0...100`.
    public var temperature: Double
    /// Only the `topK` most likely tokens can be drawn; 0 means all.
    public var topK: Int
    /// Only the smallest set of most likely tokens whose probabilities reach `topP` together can be drawn; 1 means all. `(0, 1]`.
    public var topP: Double
    /// Same seed, same parameters, same logits: same tokens.
    public var seed: UInt64

    public init(temperature: Double = 0, topK: Int = 0, topP: Double = 1, seed: UInt64 = 0) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.seed = seed
    }

    public static let greedy = SamplingParameters()

    static let maximumTemperature = 100.0

    public func validate() throws(SamplingError) {
        guard temperature >= 0, temperature <= Self.maximumTemperature else { throw .temperature(temperature) }
        guard topK >= 0 else { throw .topK(topK) }
        guard topP > 0, topP <= 1 else { throw .topP(topP) }
    }
}

/// A sampling parameter outside its range.
public enum SamplingError: Error, Equatable, CustomStringConvertible {
    case temperature(Double)
    case topK(Int)
    case topP(Double)

    public var description: String {
        switch self {
        case .temperature(let value):
            "temperature is \(value.figure): give 0 (greedy) to \(SamplingParameters.maximumTemperature.figure)"
        case .topK(let value):
            "topK is \(value): give 0 (all tokens) or a positive count"
        case .topP(let value):
            "topP is \(value.figure): give a probability above 0, at most 1 (all tokens)"
        }
    }
}
