extension Setup {
    /// What is not read here is told as ignored.
    init(_ fields: Fields) throws(ProtocolError) {
        model = try fields.word("model")
        if let config = try fields.object("generationConfig") { generation = try GenerationConfig(config) }
        systemInstruction = try fields.instruction("systemInstruction")
        wantsInputTranscription = try fields.object("inputAudioTranscription") != nil
        if let config = try fields.object("realtimeInputConfig") { realtimeInput = try RealtimeInputConfig(config) }
        isProactive = fields.has("proactivity")
        labels = try fields.labels()
        try readExtension(fields)
    }

    /// `setup.mm`, or for SDKs, which cannot send it, the labels `mm_…` and the model name.
    private mutating func readExtension(_ fields: Fields) throws(ProtocolError) {
        let native = try fields.object("mm")
        isNative = native != nil
        version = try native?.integer("version", in: 0...Int64(Int32.max)).map { Int($0) }
        try readReplay(native)

        attach = try native?.word("attach") ?? labels["mm_attach"]
        if attach == nil, modelName == "mmagent-main" { attach = "main" }

        let label = Fields(members: labels.mapValues { .string($0) }, path: fields.path("labels"))
        role = try native?.choice("role", Role.self)
        if role == nil { role = try label.choice("mm_role", Role.self) }
        if let names = try native?.strings("subscribe") {
            subscribe = try Topic.set(names, path: fields.path("mm.subscribe"))
        } else if let list = labels["mm_subscribe"] {
            subscribe = try Topic.set(list.split(separator: ",").map { $0.filter { $0 != " " } }, path: fields.path("labels.mm_subscribe"))
        }
        let standFor = ["mm_attach": "attach", "mm_role": "role", "mm_subscribe": "subscribe"]
        for name in labels.keys where name.hasPrefix("mm_") {
            // One that is not known, or whose field in mm was said as well.
            if standFor[name].map({ native?.has($0) ?? false }) ?? true { fields.ignore("labels.\(name)") }
        }
    }
}

extension GenerationConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        // Answers are text; whatever else is wanted is not given.
        if let wanted = try fields.strings("responseModalities"), wanted.contains(where: { $0.uppercased() != "TEXT" }) {
            fields.ignore("responseModalities")
        }
        temperature = try fields.number("temperature", in: 0...2)
        topP = try fields.number("topP", in: 0...1)
        // SDKs send topK as a float.
        topK = try fields.number("topK", in: 0...1_000_000).map { Int($0) }
        maxOutputTokens = try fields.count("maxOutputTokens")
        seed = try fields.integer("seed")
    }
}

extension RealtimeInputConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        if let detection = try fields.object("automaticActivityDetection") {
            if try detection.bool("disabled") == true { detection.ignore("disabled") }
            startOfSpeechSensitivity = try detection.sensitivity("startOfSpeechSensitivity")
            endOfSpeechSensitivity = try detection.sensitivity("endOfSpeechSensitivity")
            prefixPaddingMilliseconds = try detection.count("prefixPaddingMs")
            silenceDurationMilliseconds = try detection.count("silenceDurationMs")
        }
    }
}

extension Fields {
    /// A number of things, at most a billion.
    func count(_ name: String) throws(ProtocolError) -> Int? {
        try integer(name, in: 0...1_000_000_000).map { Int($0) }
    }

    /// `START_SENSITIVITY_HIGH` or `…_LOW`; another word leaves it as it is configured.
    fileprivate func sensitivity(_ name: String) throws(ProtocolError) -> String? {
        guard let word = try string(name) else { return nil }
        guard word.hasSuffix("HIGH") || word.hasSuffix("LOW") else {
            if !word.hasSuffix("UNSPECIFIED") { ignore(name) }
            return nil
        }
        return word
    }

    /// A content that is text alone.
    fileprivate func instruction(_ name: String) throws(ProtocolError) -> Content? {
        let content = try content(name)
        for (index, part) in (content?.parts ?? []).enumerated() {
            switch part.payload {
            case .text, .empty: break
            case .inlineData, .other:
                throw .unsupported(
                    path: "\(path(name)).parts[\(index)].\(part.payload.name)",
                    remedy: "an instruction is text; send pictures with clientContent")
            }
        }
        return content
    }

    /// `labels`: a free dictionary of strings; its keys are never renamed.
    fileprivate func labels() throws(ProtocolError) -> [String: String] {
        guard let labels = try object("labels") else { return [:] }
        var result: [String: String] = [:]
        for name in labels.members.keys {
            guard let value = labels.value(name) else { continue }
            guard case .string(let text) = value else {
                throw .wrongType(path: labels.path(name), expected: "a string", found: value.kindName)
            }
            result[name] = try Fields.word(text, path: labels.path(name))
        }
        return result
    }
}
