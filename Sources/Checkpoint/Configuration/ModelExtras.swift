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

    public var name: String?
    /// The system turn the model was trained with.
    public var system: String?
    /// Soft tokens of a live frame.
    public var maximumSoftTokens: Int?
    public var kinds: [Kind] = []

    public init() {}
}

extension ModelExtras {
    static let maximumKinds = 10_000

    init(_ value: JSONValue, path: String) throws(ConfigurationProblem) {
        var table = try ConfigurationTable(value, path: path)
        self.init()
        name = try table.string("name")
        system = try table.string("system")
        if var vision = try table.table("vision") {
            maximumSoftTokens = try vision.integer("max_soft_tokens", in: SoftTokenBudgets.range)
        }
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
