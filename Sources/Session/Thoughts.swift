/// The control tokens with which a model thinks: `<|think|>` at the head of the system turn asks for it, and what stands between
/// `<|channel>thought\n` and `<channel|>` is no part of the answer.
struct ThoughtTokens: Sendable, Equatable {
    let think: Int32
    let begin: Int32
    let end: Int32
}

/// Tells thoughts from the answer, token by token, and ends one that is too long.
struct ThoughtFilter: Sendable {
    /// A channel's name is one word and a line break; whatever it is, it is over then.
    private static let nameTokens = 4

    private let tokens: ThoughtTokens
    /// Tokens of a thought; more are cut off. 0: the model does not think, and a thought that it begins by itself stays empty.
    private let limit: Int
    private var isOpen = false
    private var isNamed = false
    private var name = 0
    /// Tokens of thoughts so far, without their names and ends.
    private(set) var count = 0

    init(_ tokens: ThoughtTokens, limit: Int) {
        self.tokens = tokens
        self.limit = limit
    }

    /// What is being written is a thought.
    var isThinking: Bool { isOpen }
    /// With which a thought may begin under a form; nil: there is to be none.
    var opening: Int32? { limit > 0 ? tokens.begin : nil }

    func isOfThought(_ token: Int32) -> Bool { isOpen || token == tokens.begin }

    /// The token that has to come next, whatever the model would say: the end of a thought.
    var due: Int32? { isOpen && isNamed && count >= limit ? tokens.end : nil }

    /// - Parameter text: of the token, without special tokens.
    /// - Returns: what it adds to the thought; nil: it is the answer's.
    mutating func took(_ token: Int32, _ text: String) -> String? {
        if token == tokens.begin {
            (isOpen, isNamed, name) = (true, false, 0)
            return ""
        }
        guard isOpen else { return nil }
        if token == tokens.end {
            isOpen = false
            return ""
        }
        guard !isNamed else {
            count += 1
            return text
        }
        name += 1
        isNamed = text.contains("\n") || name >= Self.nameTokens
        return text.firstIndex(of: "\n").map { String(text[text.index(after: $0)...]) } ?? ""
    }
}
