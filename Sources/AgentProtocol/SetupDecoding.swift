extension Setup {
    init(_ fields: Fields) throws(ProtocolError) {
        model = try fields.string("model")
        if let config = try fields.object("generationConfig") { generation = try GenerationConfig(config) }
        systemInstruction = try fields.content("systemInstruction")
        tools = try fields.array("tools")?.map(\.value) ?? []
        wantsInputTranscription = try fields.object("inputAudioTranscription") != nil
        wantsOutputTranscription = try fields.object("outputAudioTranscription") != nil
        if let config = try fields.object("realtimeInputConfig") { realtimeInput = try RealtimeInputConfig(config) }
        if let resumption = try fields.object("sessionResumption") {
            sessionResumption = SessionResumption(handle: try resumption.string("handle"))
        }
        if let window = try fields.object("contextWindowCompression") {
            contextWindow = ContextWindow(
                triggerTokens: try window.count("triggerTokens"),
                targetTokens: try window.object("slidingWindow")?.count("targetTokens"))
        }
        isProactive = fields.has("proactivity")
        initialHistoryInClientContent = try fields.object("historyConfig")?.bool("initialHistoryInClientContent") ?? false
        labels = try fields.labels()
        try readExtension(fields)
    }

    /// `setup.mm`, or for SDKs, which cannot send it, the labels `mm_…` and the model name.
    private mutating func readExtension(_ fields: Fields) throws(ProtocolError) {
        let native = try fields.object("mm")
        isNative = native != nil
        version = try native?.integer("version", in: 0...Int64(Int32.max)).map { Int($0) }
        after = try native?.integer("after", in: 0...(1 << 53))

        attach = try native?.string("attach") ?? labels["mm_attach"]
        if attach == nil, modelName == "mmagent-main" { attach = "main" }

        let label = Fields(members: labels.mapValues { .string($0) }, path: fields.path("labels"))
        role = try native?.choice("role", Role.self)
        if role == nil { role = try label.choice("mm_role", Role.self) }
        if let names = try native?.strings("subscribe") {
            subscribe = try Topic.set(names, path: fields.path("mm.subscribe"))
        } else if let list = labels["mm_subscribe"] {
            subscribe = try Topic.set(list.split(separator: ",").map { $0.filter { $0 != " " } }, path: fields.path("labels.mm_subscribe"))
        }
    }
}

extension GenerationConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        responseModalities = try fields.strings("responseModalities") ?? []
        temperature = try fields.number("temperature", in: 0...100)
        topP = try fields.number("topP", in: 0...1)
        // SDKs send topK as a float.
        topK = try fields.number("topK", in: 0...1_000_000).map { Int($0) }
        maxOutputTokens = try fields.count("maxOutputTokens")
        seed = try fields.integer("seed")
        mediaResolution = try fields.string("mediaResolution")
    }
}

extension RealtimeInputConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        if let detection = try fields.object("automaticActivityDetection") {
            automaticActivityDetectionDisabled = try detection.bool("disabled") ?? false
            startOfSpeechSensitivity = try detection.string("startOfSpeechSensitivity")
            endOfSpeechSensitivity = try detection.string("endOfSpeechSensitivity")
            prefixPaddingMilliseconds = try detection.count("prefixPaddingMs")
            silenceDurationMilliseconds = try detection.count("silenceDurationMs")
        }
        activityHandling = try fields.string("activityHandling")
        turnCoverage = try fields.string("turnCoverage")
    }
}

extension Fields {
    /// A number of things, at most a billion.
    func count(_ name: String) throws(ProtocolError) -> Int? {
        try integer(name, in: 0...1_000_000_000).map { Int($0) }
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
            result[name] = text
        }
        return result
    }
}
