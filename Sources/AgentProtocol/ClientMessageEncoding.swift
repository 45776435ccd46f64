import FoundationEssentials

extension ClientMessage {
    /// The message as a client of ours sends it, in camelCase. Setup carries the fields such a client uses: model, system instruction,
    /// sampling, the form of answers, transcription, proactivity, tools and `mm`.
    public var json: JSONValue {
        var top: [String: JSONValue] = [:]
        var native: [String: JSONValue] = [:]
        native["id"] = id?.json
        switch kind {
        case .setup(let setup): top["setup"] = setup.json
        case .clientContent(let content):
            top["clientContent"] = ["turns": .array(content.turns.map(\.json)), "turnComplete": .bool(content.turnComplete)]
        case .realtimeInput(let inputs):
            top["realtimeInput"] = .object(Dictionary(inputs.map(\.json)) { _, last in last })
        case .toolResponse(let responses):
            top["toolResponse"] = ["functionResponses": .array(responses.map(\.json))]
        case .contextUpdate(let update):
            top["contextUpdate"] = compact([
                "systemInstruction": update.systemInstruction?.json, "tools": update.tools.map { ["tools": .array($0)] },
            ])
        case .native(let request):
            let (name, value) = request.json
            native[name] = value
        }
        if !native.isEmpty { top["mm"] = .object(native) }
        return .object(top)
    }
}

extension Setup {
    var json: JSONValue {
        var mm: [String: JSONValue] = [:]
        mm["version"] = version.map { .integer(Int64($0)) }
        mm["attach"] = attach.map(JSONValue.string)
        mm["role"] = role.map { .string($0.rawValue) }
        mm["subscribe"] = subscribe.map { .array($0.map(\.rawValue).sorted().map(JSONValue.string)) }
        mm["after"] = after.map(JSONValue.integer)
        return compact([
            "model": model.map(JSONValue.string),
            "systemInstruction": systemInstruction?.json,
            "generationConfig": generation == GenerationConfig() ? nil : generation.json,
            "inputAudioTranscription": wantsInputTranscription ? [:] : nil,
            "proactivity": isProactive ? proactivity.json : nil,
            "tools": functions.isEmpty ? nil : [["functionDeclarations": .array(functions.map(\.json))]],
            "sessionResumption": resumption.map { compact(["handle": $0.handle.map(JSONValue.string)]) },
            "mm": isNative ? .object(mm) : nil,
        ])
    }
}

extension GenerationConfig {
    var json: JSONValue {
        compact(
            [
                "temperature": temperature.map(JSONValue.number), "topP": topP.map(JSONValue.number),
                "topK": topK.map { .integer(Int64($0)) }, "maxOutputTokens": maxOutputTokens.map { .integer(Int64($0)) },
                "seed": seed.map(JSONValue.integer),
            ].merging(form.members) { $1 })
    }
}

extension Proactivity {
    var json: JSONValue { audio && video ? [:] : ["proactiveAudio": .bool(audio), "proactiveVideo": .bool(video)] }
}

extension Blob {
    var json: JSONValue {
        ["mimeType": .string(mimeType), "data": .string(Data(data).base64EncodedString())]
    }
}

extension Part {
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["partMetadata"] = metadata
        switch payload {
        case .text(let text): members["text"] = .string(text)
        case .inlineData(let blob): members["inlineData"] = blob.json
        case .other(let name, let value): members[name] = value
        case .empty: break
        }
        return .object(members)
    }
}

extension Content {
    var json: JSONValue {
        compact(["role": role.map(JSONValue.string), "parts": .array(parts.map(\.json))])
    }
}

extension RealtimeInput {
    var json: (String, JSONValue) {
        switch self {
        case .audio(let blob): ("audio", blob.json)
        case .video(let blob): ("video", blob.json)
        case .text(let text): ("text", .string(text))
        case .activityStart: ("activityStart", [:])
        case .activityEnd: ("activityEnd", [:])
        case .audioStreamEnd: ("audioStreamEnd", true)
        }
    }
}

extension FunctionResponse {
    var json: JSONValue {
        compact([
            "id": .string(id), "name": name.map(JSONValue.string), "response": response,
            "scheduling": scheduling.map { .string($0.rawValue) }, "willContinue": willContinue ? true : nil,
        ])
    }
}
