import AgentProtocol
public import Decoder
import Interleaver
public import Media
import Tensors

/// What a client says in one message, ready for the model: pictures are decoded already.
public enum QuestionPart: Sendable {
    case text(String)
    case image(RGBImage)
}

/// One earlier question with its answer, as rows; a client's next question carries some of them along.
struct Exchange: Sendable {
    /// What the client said.
    let question: InputRows
    var answer: InputRows
    /// It ends in a call, or its response, and nothing was said after it.
    var isOpen = false
    /// Of one whose calls may still be answered.
    var turn: String?
    /// What the answer rests on: muting one of them takes the answer away.
    var senses: Set<StreamModality> = []

    var count: Int { question.count + answer.count }
}

/// Decides how an ask is sampled: a client's setup over the configuration.
public struct AnswerOptions: Sendable {
    public var sampling: SamplingParameters
    public var maximumTokens: Int
    /// Tokens of a thought before the answer; 0: the model does not think.
    var thoughtTokens = 0
    /// Thoughts are sent.
    var tellsThoughts = false

    public init(sampling: SamplingParameters, maximumTokens: Int) {
        self.sampling = sampling
        self.maximumTokens = maximumTokens
    }

    mutating func think(as config: ThinkingConfig) {
        // Half of an answer at most, or nothing would be left of it.
        let most = maximumTokens / 2
        let budget = config.budget ?? -1
        thoughtTokens = budget < 0 ? most : min(budget, most)
        tellsThoughts = config.includesThoughts
    }
}
