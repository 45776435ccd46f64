/// What this project adds to a model directory: `mmagent.json`, or the same object under the key `mmagent` of config.json.
/// Checkpoints from elsewhere have none of it.
///
/// The file is written by the exporter together with the weights and may carry further keys (provenance, figures), which the
/// engine does not read.
public struct ModelExtras: Sendable, Equatable {
    /// One kind of object the model was trained to name.
    public struct Kind: Sendable, Equatable {
        public var name: String
        /// How it is written in an answer, as "a red mug".
        public var phrase: String

        public init(name: String, phrase: String) {
            self.name = name
            self.phrase = phrase
        }
    }

    /// What the model was trained to be asked by the engine itself, without anybody's question.
    public struct Prompts: Sendable, Equatable {
        /// Asked when a sound is over: words, "(knock)" for a sound that has a name, "(noise)" or nothing.
        public var transcribe: String?
        /// Asked when the picture has changed: a sentence, or nothing if nothing notable is new.
        public var notice: String?
        /// What was said to it may be asked as a question: what needs no answer gets none.
        public var answersSpeech = false

        public init() {}
    }

    public var name: String?
    /// The system turn the model was trained with.
    public var system: String?
    /// Soft tokens of a live frame.
    public var maximumSoftTokens: Int?
    /// The model was trained on frames of which only some soft tokens are told, those that moved since they were last told.
    public var takesDeltaFrames = false
    public var kinds: [Kind] = []
    public var prompts: Prompts?
    /// The model was trained on system turns other than its own; nano was not, and says nothing where one stands.
    public var followsInstructions = true
    /// The model was trained on conversations with earlier calls in them; nano was not, and after one it calls nothing again.
    public var recallsCalls = true
    /// What stream it was trained on; nil if the file does not say.
    public var stream: StreamConfiguration?
    /// Nil if the model has no match head.
    public var match: MatchConfiguration?

    public init() {}
}

extension ModelExtras {
    static let maximumKinds = 10_000
    /// Bytes of a prompt: it is asked after every sound or changed frame.
    static let maximumPromptBytes = 1_000

    init(_ value: JSONValue, path: String) throws(ConfigurationProblem) {
        var table = try ConfigurationTable(value, path: path)
        self.init()
        name = try table.string("name")
        system = try table.string("system")
        if var vision = try table.table("vision") {
            maximumSoftTokens = try vision.integer("max_soft_tokens", in: SoftTokenBudgets.range)
            takesDeltaFrames = try vision.boolean("delta_frames") ?? false
        }
        if var asked = try table.table("prompts") {
            var prompts = Prompts()
            prompts.transcribe = try asked.prompt("transcribe")
            prompts.notice = try asked.prompt("notice")
            prompts.answersSpeech = try asked.boolean("answersSpeech") ?? false
            self.prompts = prompts
        }
        followsInstructions = try table.boolean("follows_instructions") ?? true
        recallsCalls = try table.boolean("recalls_calls") ?? true
        stream = if let stream = try table.table("stream") { try StreamConfiguration(stream) } else { nil }
        match = if let match = try table.table("match") { try MatchConfiguration(match) } else { nil }
        guard let list = try table.array("kinds") else { return }
        guard list.count <= Self.maximumKinds else {
            throw .outOfRange(key: table.name("kinds"), value: "a list of \(list.count)", range: "0 to \(Self.maximumKinds) long")
        }
        for (index, element) in list.enumerated() {
            let key = table.name("kinds[\(index)]")
            if case .string(let name) = element {
                kinds.append(Kind(name: name, phrase: name))
                continue
            }
            var kind = try ConfigurationTable(element, path: key)
            guard let name = try kind.string("name") else { throw .missing(key: kind.name("name"), meaning: "every kind has a name") }
            kinds.append(Kind(name: name, phrase: try kind.string("phrase") ?? name))
        }
    }
}

extension ConfigurationTable {
    fileprivate mutating func prompt(_ key: String) throws(ConfigurationProblem) -> String? {
        guard let text = try string(key) else { return nil }
        guard (1...ModelExtras.maximumPromptBytes).contains(text.utf8.count) else {
            throw .outOfRange(
                key: name(key), value: "a text of \(text.utf8.count) bytes", range: "1 to \(ModelExtras.maximumPromptBytes) bytes long")
        }
        return text
    }
}
