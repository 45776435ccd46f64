/// What a client's event says, whatever came before it.
enum InteractionRequest: Sendable {
    /// `interaction.connect`
    case connect(Place)
    /// `interaction.create`
    case create(Creation)
    /// `input`
    case input([InteractionContent])
    /// `interaction.complete`: nothing more is said; what was asked is answered to its end.
    case complete
    /// `interaction.cancel`: what is under way is wanted no more.
    case cancel
    /// `interaction.disconnect`: the client leaves, and what is under way goes on.
    case disconnect
    /// `mm`: what this daemon's own clients ask.
    case native(NativeRequest, id: RequestID?)

    /// Which interaction is joined, and where in it.
    struct Place: Sendable, Hashable {
        var id: String
        /// The last event that the client has.
        var after: Int64?
    }

    /// What an interaction is to be made with.
    struct Creation: Sendable, Hashable {
        var model: String?
        var instruction: String?
        /// nil: nothing is said of functions.
        var functions: [FunctionDeclaration]?
        /// nil: nothing is said of how answers are made.
        var generation: GenerationConfig?
    }

    private static let types = [
        "interaction.connect", "interaction.create", "input", "interaction.complete", "interaction.cancel", "interaction.disconnect", "mm",
    ]

    init(_ fields: Fields) throws(ProtocolError) {
        guard let type = try fields.word("event_type") else {
            throw .missingField(path: fields.path("event_type"), expected: "one of " + Self.types.joined(separator: ", "))
        }
        switch type {
        case "interaction.connect": self = .connect(try Place(fields))
        case "interaction.create": self = .create(try Creation(fields))
        case "input": self = .input(try InteractionContent.all(fields))
        case "interaction.complete": self = .complete
        case "interaction.cancel": self = .cancel
        case "interaction.disconnect": self = .disconnect
        case "mm":
            let id = try fields.requestID("id")
            self = .native(try NativeRequest(fields), id: id)
        case "user_action", "world_setup":
            throw .unsupported(path: fields.path("event_type") + " " + type, remedy: "there is no world here to act in; send an input")
        default: throw .unknownValue(path: fields.path("event_type"), value: type, known: Self.types)
        }
    }
}

extension InteractionRequest.Place {
    init(_ fields: Fields) throws(ProtocolError) {
        guard let id = try fields.word("id"), !id.isEmpty else {
            throw .missingField(path: fields.path("id"), expected: "the interaction's id: main, or mmagent for a session of one's own")
        }
        self.id = id
        // What the SDK's connect() can say is the id alone: main@1200 is main after event 1200.
        if let at = id.lastIndex(of: "@") {
            guard let number = Self.sequence(id[id.index(after: at)...]) else {
                throw .unknownValue(
                    path: fields.path("id"), value: id, known: ["main@N, N being the event_id of the last event that you have"])
            }
            self.id = String(id[..<at])
            after = number
        }
        if let last = fields.value("last_event_id") {
            guard let number = last.integer ?? last.string.flatMap({ Self.sequence($0[...]) }), Self.numbers.contains(number) else {
                let value = last.string ?? last.integer.map(String.init) ?? last.kindName
                throw .unknownValue(path: fields.path("last_event_id"), value: value, known: ["the event_id of an event"])
            }
            after = number
        }
        // The first that is missing.
        if let next = try fields.integer("next_output_seq_num", in: Self.numbers) { after = max(0, next - 1) }
        _ = try fields.integer("ack_output_seq_num")
        // The interaction runs on whether its client says so before it leaves or not.
        _ = try fields.bool("background")
    }

    private static let numbers: ClosedRange<Int64> = 0...Setup.maximumSequence

    private static func sequence(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text), numbers.contains(number) else {
            return nil
        }
        return number
    }
}

extension InteractionRequest.Creation {
    init(_ fields: Fields) throws(ProtocolError) {
        model = try fields.word("model")
        let instructions = try fields.string("developer_instructions")
        instruction = try fields.string("system_instruction") ?? instructions
        if fields.has("tools") { functions = try fields.interactionFunctions("tools") }
        if let config = try fields.object("generation_config") {
            var generation = try GenerationConfig(config)
            if try config.word("thinking_summaries") == "auto" { generation.thinking.includesThoughts = true }
            self.generation = generation
        }
        try fields.readModalities()
        // Nothing of an interaction is kept when it is over.
        if try fields.bool("store") == true { fields.ignore("store") }
        for (name, remedy) in Self.refused where fields.has(name) { throw .unsupported(path: fields.path(name), remedy: remedy) }
    }

    private static let otherForm = "answers are text on this wire; for JSON under a schema use the Live API's responseJsonSchema"

    /// What would change the meaning, and is not done.
    private static let refused = [
        ("previous_interaction_id", "no interaction is kept when it is over; leave it out, or connect to main, which never ends"),
        ("input", "send it as an event of its own, {\"event_type\":\"input\",\"content\":[…]}"),
        ("agent", "there is one agent here; leave it out"),
        ("response_format", otherForm), ("response_mime_type", otherForm),
    ]
}

extension Fields {
    /// Answers are text: what is to be spoken comes so, too. A picture or a film cannot be had.
    fileprivate func readModalities() throws(ProtocolError) {
        let name = "response_modalities"
        let wanted = (try strings(name) ?? []).map { $0.lowercased() }.filter { !$0.hasSuffix("unspecified") }
        guard wanted.contains(where: { $0 != "text" }) else { return }
        guard wanted.contains("text") || wanted.contains("audio") else {
            throw .unsupported(path: path(name), remedy: "answers are text; ask for text, or for audio, which comes as its text")
        }
        remark(name, "\(wanted.joined(separator: ", ")) -> text")
    }

    /// The functions among tools; hosted ones (`google_search`, `code_execution`, …) are told as ignored, by their kind.
    fileprivate func interactionFunctions(_ name: String) throws(ProtocolError) -> [FunctionDeclaration] {
        var functions: [Fields] = []
        for tool in try objects(name) ?? [] {
            switch try tool.word("type") {
            case "function": functions.append(tool)
            case let kind?:
                for name in tool.names { _ = tool.value(name) }
                tool.remark("type", kind)
            case nil: throw .missingField(path: tool.path("type"), expected: "function, or the kind of a hosted tool, which is ignored")
            }
        }
        return try declarations(name, functions)
    }
}
