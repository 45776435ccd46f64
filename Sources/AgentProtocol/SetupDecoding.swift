extension Setup {
    /// What is not read here is told as ignored.
    init(_ fields: Fields) throws(ProtocolError) {
        model = try fields.word("model")
        if let config = try fields.object("generationConfig") { generation = try GenerationConfig(config) }
        systemInstruction = try fields.instruction("systemInstruction")
        wantsInputTranscription = try fields.object("inputAudioTranscription") != nil
        wantsOutputTranscription = try fields.object("outputAudioTranscription") != nil
        // An answer in text has no transcript beside it.
        if wantsOutputTranscription, !generation.wantsVoice { fields.ignore("outputAudioTranscription") }
        if let config = try fields.object("realtimeInputConfig") { realtimeInput = try RealtimeInputConfig(config) }
        if let config = try fields.object("proactivity") { proactivity = try Proactivity(config) }
        if let config = try fields.object("contextWindowCompression") { compression = try ContextCompression(config) }
        if let config = try fields.object("historyConfig") {
            beginsWithHistory = try config.bool("initialHistoryInClientContent") ?? false
        }
        functions = try fields.functionDeclarations("tools")
        labels = try fields.labels()
        try readExtension(fields)
        try readResumption(fields)
    }

    /// `setup.mm`, or for SDKs, which cannot send it, the labels `mm_…` and the model name.
    private mutating func readExtension(_ fields: Fields) throws(ProtocolError) {
        let native = try fields.object("mm")
        isNative = native != nil
        version = try native?.integer("version", in: 0...Int64(Int32.max)).map { Int($0) }
        try readReplay(native)

        attach = try native?.word("attach") ?? labels["mm_attach"]
        // Frameworks decide by the name what they expect of a turn with calls, so it may begin as a known one does.
        if attach == nil, let name = modelName, name == "mmagent-main" || name.hasPrefix("gemini-") && name.hasSuffix("-mmagent-main") {
            attach = "main"
        }

        let label = Fields(members: labels.mapValues { .string($0) }, path: fields.path("labels"))
        role = try native?.choice("role", Role.self)
        if role == nil { role = try label.choice("mm_role", Role.self) }
        if let names = try native?.strings("subscribe") {
            subscribe = try Topic.set(names, path: fields.path("mm.subscribe"))
        } else if let list = labels["mm_subscribe"] {
            subscribe = try Topic.set(list.split(separator: ",").map { $0.filter { $0 != " " } }, path: fields.path("labels.mm_subscribe"))
        }
        wantsPartMetadata = try label.choice("mm_meta", Switch.self) == .on
        // A transcript has no parts.
        if wantsPartMetadata, answerMedium == .transcript { fields.ignore("labels.mm_meta") }
        sessionLimit = try label.integer("mm_session_ttl_ms", in: 1...86_400_000).map { .milliseconds($0) }
        let standFor = ["mm_attach": "attach", "mm_role": "role", "mm_subscribe": "subscribe"]
        let alone: Set = ["mm_meta", "mm_session_ttl_ms"]
        for name in labels.keys where name.hasPrefix("mm_") && !alone.contains(name) {
            // One that is not known, or whose field in mm was said as well.
            if standFor[name].map({ native?.has($0) ?? false }) ?? true { fields.ignore("labels.\(name)") }
        }
    }
}

/// A label is a string.
private enum Switch: String, CaseIterable {
    case off = "0"
    case on = "1"
}

extension GenerationConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        wantsVoice = try Self.wantsVoice(fields)
        temperature = try fields.number("temperature", in: 0...2)
        topP = try fields.number("topP", in: 0...1)
        // SDKs send topK as a float.
        topK = try fields.number("topK", in: 0...1_000_000).map { Int($0) }
        maxOutputTokens = try fields.count("maxOutputTokens")
        seed = try fields.integer("seed")
        form = try AnswerForm(fields)
        mediaResolution = try fields.enumeration("mediaResolution", MediaResolution.self)
        if let config = try fields.object("thinkingConfig") { thinking = try ThinkingConfig(config) }
        try fields.refuse("stopSequences", "an answer ends where the model ends it, or at maxOutputTokens; leave it out")
        try fields.refuse("translationConfig", "nothing is translated here; leave it out, or ask for a translation in words")
    }

    /// Answers are text. One that is to be spoken comes as text, too: every framework asks for `AUDIO` by default. A picture or a film
    /// cannot be had.
    private static func wantsVoice(_ fields: Fields) throws(ProtocolError) -> Bool {
        let name = "responseModalities"
        let wanted = (try fields.strings(name) ?? []).map { $0.uppercased() }.filter { !$0.hasSuffix("UNSPECIFIED") }
        let beside = wanted.filter { $0 != "TEXT" }
        guard !beside.isEmpty else { return false }
        guard wanted.contains("TEXT") || wanted.contains("AUDIO") else {
            throw .unsupported(path: fields.path(name), remedy: "answers are text; ask for TEXT, or for AUDIO, which comes as its text")
        }
        fields.remark(name, "\(wanted.joined(separator: ", ")) -> TEXT")
        return !wanted.contains("TEXT")
    }
}

extension ThinkingConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        includesThoughts = try fields.bool("includeThoughts") ?? false
        budget = try fields.integer("thinkingBudget", in: -1...1_000_000_000).map { Int($0) }
        level = try fields.enumeration("thinkingLevel", ThinkingLevel.self)
    }
}

extension RealtimeInputConfig {
    init(_ fields: Fields) throws(ProtocolError) {
        if let detection = try fields.object("automaticActivityDetection") {
            isManual = try detection.bool("disabled") ?? false
            startOfSpeechSensitivity = try detection.sensitivity("startOfSpeechSensitivity")
            endOfSpeechSensitivity = try detection.sensitivity("endOfSpeechSensitivity")
            prefixPaddingMilliseconds = try detection.count("prefixPaddingMs")
            silenceDurationMilliseconds = try detection.count("silenceDurationMs")
        }
        activityHandling = try fields.enumeration("activityHandling", ActivityHandling.self)
        turnCoverage = try fields.enumeration("turnCoverage", TurnCoverage.self)
    }
}

extension Proactivity {
    /// Without any value it is both; with one, what is not named is off, as in the Live API.
    init(_ fields: Fields) throws(ProtocolError) {
        let (audio, video) = (try fields.bool("proactiveAudio"), try fields.bool("proactiveVideo"))
        let isEmpty = audio == nil && video == nil
        self.init(audio: audio ?? isEmpty, video: video ?? isEmpty)
    }
}

extension ContextCompression {
    init(_ fields: Fields) throws(ProtocolError) {
        self.init(
            triggerTokens: try fields.count("triggerTokens"), targetTokens: try fields.object("slidingWindow")?.count("targetTokens"))
    }
}

extension Fields {
    /// A number of things, at most a billion.
    func count(_ name: String) throws(ProtocolError) -> Int? {
        try integer(name, in: 0...1_000_000_000).map { Int($0) }
    }

    /// One of the raw values of `Value`, in any case; what ends in `UNSPECIFIED` leaves it open.
    fileprivate func enumeration<Value: RawRepresentable & CaseIterable>(_ name: String, _: Value.Type) throws(ProtocolError) -> Value?
    where Value.RawValue == String {
        guard let text = try word(name), !text.uppercased().hasSuffix("UNSPECIFIED") else { return nil }
        guard let value = Value(rawValue: text.uppercased()) else {
            throw .unknownValue(path: path(name), value: text, known: Value.allCases.map(\.rawValue))
        }
        return value
    }

    /// A field that would change what answers are, and is not done.
    fileprivate func refuse(_ name: String, _ remedy: String) throws(ProtocolError) {
        guard has(name) else { return }
        throw .unsupported(path: path(name), remedy: remedy)
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
    func instruction(_ name: String) throws(ProtocolError) -> Content? {
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
