/// What a client may subscribe to. Setup answers, errors, replies, gaps and goAway reach every client.
public enum Topic: String, Sendable, Hashable, CaseIterable {
    /// modelTurn, generationComplete, turnComplete, interrupted.
    case turn
    /// Finished and continuing transcripts of speech.
    case transcription
    /// Guesses at a transcript that later text replaces.
    case interim
    case voiceActivity
    /// Tool calls.
    case tool
    /// What the agent noticed by itself.
    case observation
    /// Devices, overload, lost media.
    case health

    /// The topics named by `names`; `*` is all of them; snake_case is accepted.
    static func set(_ names: [String], path: String) throws(ProtocolError) -> Set<Topic> {
        var topics: Set<Topic> = []
        for (index, name) in names.enumerated() {
            if name == "*" {
                topics.formUnion(allCases)
            } else if let topic = Topic(rawValue: name) ?? Topic(rawValue: Fields.camelCase(name)) {
                topics.insert(topic)
            } else {
                throw .unknownValue(path: "\(path)[\(index)]", value: name, known: allCases.map(\.rawValue) + ["*"])
            }
        }
        return topics
    }

    /// Parses a list as a command line gives it: `turn,health`.
    public static func parse(list: String) throws(ProtocolError) -> Set<Topic> {
        try set(list.split(separator: ",").map { $0.filter { $0 != " " } }, path: "topic")
    }
}
