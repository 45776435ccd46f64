/// The events that a client of this wire reads.
enum InteractionShapes {
    // MARK: The interaction

    static func connected(_ setup: SetupComplete) -> JSONValue { begun("interaction.connected", setup) }
    static func created(_ setup: SetupComplete) -> JSONValue { begun("interaction.created", setup) }

    /// The session has changed as it was asked to.
    static func created(_ id: String) -> JSONValue { ["event_type": "interaction.created", "interaction_id": .string(id)] }

    private static func begun(_ type: String, _ setup: SetupComplete) -> JSONValue {
        var setup = setup
        // The words of what is heard are this wire's own wish, not the client's.
        setup.ignored = setup.ignored.filter { $0 != "setup.inputAudioTranscription" }.map(named)
        return compact(["event_type": .string(type), "interaction_id": .string(setup.sessionID), "mm": setup.json["mm"]])
    }

    /// A remark of the session with the name that the field has here: `setup.generationConfig.maxOutputTokens: 20 -> 10`.
    static func named(_ remark: String) -> String {
        guard let kind = ["setup.", "contextUpdate."].first(where: remark.hasPrefix) else { return remark }
        let rest = remark.dropFirst(kind.count)
        let end = rest.firstIndex(of: ":") ?? rest.endIndex
        return Fields.snakeCase(String(rest[..<end])) + rest[end...]
    }

    /// - Parameter native: what stands under `mm`.
    static func status(_ id: String, _ status: String, _ native: [String: JSONValue?] = [:], usage: Usage? = nil) -> JSONValue {
        let native = native.compactMapValues { $0 }
        return compact([
            "event_type": "interaction.status_update", "interaction_id": .string(id), "status": .string(status),
            "usage": usage?.interaction, "mm": native.isEmpty ? nil : .object(native),
        ])
    }

    /// A turn is over.
    static func idle(_ id: String, _ turn: String?, _ complete: TurnComplete) -> JSONValue {
        let native: [String: JSONValue?] = [
            "turn": turn.map(JSONValue.string), "reason": complete.reason.map { .string($0.rawValue) },
            "evidence": complete.evidence?.json, "timing": complete.timing?.json,
        ]
        return status(id, "idle", native, usage: complete.usage)
    }

    static func completed(_ id: String, _ usage: Usage) -> JSONValue {
        [
            "event_type": "interaction.completed", "interaction": ["id": .string(id), "status": "completed", "usage": usage.interaction],
            "status": ["code": 0], "usage": usage.interaction,
        ]
    }

    static func cancelled(_ id: String, _ usage: Usage) -> JSONValue {
        ["event_type": "interaction.cancelled", "interaction_id": .string(id), "usage": usage.interaction]
    }

    /// - Parameter event: the last one that went out.
    static func reconnectionRequired(_ id: String, after event: Int64?) -> JSONValue {
        compact([
            "event_type": "reconnection_required", "interaction_id": .string(id), "event_id": event.map { .string(String($0)) },
        ])
    }

    static func error(_ error: StatusError, turn: String? = nil, re: RequestID? = nil) -> JSONValue {
        let native = compact([
            "status": .string(error.status.rawValue), "reason": error.reason.map(JSONValue.string), "fatal": .bool(error.isFatal),
            "turn": turn.map(JSONValue.string), "re": re?.json,
        ])
        return [
            "event_type": "error", "error": ["code": .string(error.status.rawValue.lowercased()), "message": .string(error.message)],
            "mm": native,
        ]
    }

    /// What this wire has no event for, as this daemon's own clients read it.
    static func native(_ message: ServerMessage) -> JSONValue {
        var members = message.json.object ?? [:]
        let native = members.removeValue(forKey: "mm")?.object ?? [:]
        members.merge(native) { $1 }
        members["event_type"] = "mm"
        return .object(members)
    }

    // MARK: Steps

    /// - Parameter message: whose turn the step is of; turns may overlap.
    static func start(_ index: Int, _ step: JSONValue, of message: ServerMessage) -> JSONValue {
        let native: [String: JSONValue?] = [
            "turn": message.turn.map(JSONValue.string), "source": message.source.map(JSONValue.string),
            "unsolicited": message.isUnsolicited ? true : nil,
        ]
        let said = native.compactMapValues { $0 }
        return compact([
            "event_type": "step.start", "index": .integer(Int64(index)), "step": step, "mm": said.isEmpty ? nil : .object(said),
        ])
    }

    static func delta(_ index: Int, _ delta: JSONValue) -> JSONValue {
        ["event_type": "step.delta", "index": .integer(Int64(index)), "delta": delta]
    }

    static func stop(_ index: Int, _ usage: Usage? = nil) -> JSONValue {
        compact(["event_type": "step.stop", "index": .integer(Int64(index)), "usage": usage?.interaction])
    }

    /// The arguments come as the text of a JSON object, in one piece.
    static func call(_ call: FunctionCall, at index: Int, of message: ServerMessage) -> [JSONValue] {
        let arguments = String(decoding: JSONText.encode(call.arguments), as: UTF8.self)
        return [
            start(
                index, ["type": "function_call", "id": .string(call.id), "name": .string(call.name), "arguments": [:]], of: message),
            delta(index, ["type": "arguments_delta", "arguments": .string(arguments)]), stop(index),
        ]
    }

    /// Words that were heard stand in the step itself: a text that comes as a delta is what the model says.
    static func heard(_ words: Transcription, at index: Int, of message: ServerMessage) -> [JSONValue] {
        [start(index, ["type": "user_input", "content": [["type": "text", "text": .string(words.text)]]], of: message), stop(index)]
    }
}

extension Usage {
    var interaction: JSONValue {
        let details = promptDetails.sorted { $0.key < $1.key }.map { detail -> JSONValue in
            ["modality": .string(detail.key.lowercased()), "tokens": .integer(Int64(detail.value))]
        }
        return compact([
            "total_input_tokens": .integer(Int64(promptTokens)), "total_output_tokens": .integer(Int64(responseTokens)),
            "total_tokens": .integer(Int64(promptTokens + responseTokens + thoughtTokens)),
            "total_thought_tokens": thoughtTokens == 0 ? nil : .integer(Int64(thoughtTokens)),
            "total_tool_use_tokens": toolTokens == 0 ? nil : .integer(Int64(toolTokens)),
            "total_cached_tokens": cachedTokens.map { .integer(Int64($0)) },
            "input_tokens_by_modality": details.isEmpty ? nil : .array(details),
        ])
    }
}

extension JSONValue {
    /// Sets a member of an object.
    mutating func set(_ name: String, _ value: JSONValue) {
        guard case .object(var members) = self else { return }
        members[name] = value
        self = .object(members)
    }
}
