import AgentProtocol

/// What of a setup is done otherwise than it was asked for: it stands in `setupComplete.mm.ignored` beside what is not read.
enum SetupRemarks {
    /// Of a model that follows no instruction but a standing one.
    static let unfollowed = "systemInstruction: this model follows standing instructions (proactivity) alone"

    /// - Parameters:
    ///   - transcribes: sounds are transcribed at all.
    ///   - stream: of a private session; nil: it is the main one, which is everybody's.
    static func of(_ setup: Setup, given: AnswerOptions, transcribes: Bool, stream: PrivateStream?) -> [String] {
        var remarks: [String] = []
        if setup.wantsInputTranscription, !transcribes { remarks.append("setup.inputAudioTranscription") }
        if let wanted = setup.generation.maxOutputTokens, wanted != given.maximumTokens {
            remarks.append("setup.generationConfig.maxOutputTokens: \(wanted) -> \(given.maximumTokens)")
        }
        let (thinking, config) = (setup.generation.thinking, "setup.generationConfig.thinkingConfig")
        if stream?.options.thinks == true {
            // -1 is as much as the model likes.
            if let budget = thinking.budget, budget >= 0, budget != given.thoughtTokens {
                remarks.append("\(config).thinkingBudget: \(budget) -> \(given.thoughtTokens)")
            }
        } else if thinking.isWanted {
            if thinking.includesThoughts { remarks.append("\(config).includeThoughts") }
            if let budget = thinking.budget, budget != 0 { remarks.append("\(config).thinkingBudget") }
        }
        if thinking.level != nil { remarks.append("\(config).thinkingLevel") }
        return remarks + (stream?.remarks ?? mainIgnores(setup))
    }

    /// What of tools and of the answers' form changes nothing.
    static func ofAnswers(_ setup: Setup, isAsking: Bool, isWatching: Bool) -> [String] {
        var remarks: [String] = []
        if !isAsking, !setup.functions.isEmpty { remarks.append("setup.tools: an observer's are not called") }
        if !isAsking || isWatching, setup.generation.form != .text {
            remarks.append("setup.generationConfig.responseMimeType: what is said unasked is text")
        }
        return remarks
    }

    /// What of a setup with a handle is not done.
    /// - Parameters:
    ///   - former: as the private session was made that is taken up again; nil: it is another one.
    ///   - isOn: clients may come back.
    static func ofResumption(_ setup: Setup, of former: Setup?, isOn: Bool) -> [String] {
        guard setup.resumption != nil else { return [] }
        guard isOn else { return ["setup.sessionResumption: no session is kept, [live] session_ttl or max_waiting_sessions is 0"] }
        // Frameworks ask for it at each connection, and tell none with a handle.
        let history =
            setup.beginsWithHistory && setup.resumption?.handle != nil ? ["setup.historyConfig.initialHistoryInClientContent"] : []
        guard let former else { return history }
        var names: [String] = []
        func note<Value: Equatable>(_ name: String, _ value: Value, _ before: Value, unlessLike empty: Value) {
            if value != empty, value != before { names.append(name) }
        }
        note("generationConfig.mediaResolution", setup.generation.mediaResolution, former.generation.mediaResolution, unlessLike: nil)
        note("generationConfig.thinkingConfig", setup.generation.thinking, former.generation.thinking, unlessLike: ThinkingConfig())
        note("realtimeInputConfig", setup.realtimeInput, former.realtimeInput, unlessLike: RealtimeInputConfig())
        note("contextWindowCompression", setup.compression, former.compression, unlessLike: ContextCompression())
        return history + names.map { "setup.\($0): the session goes on as it began" }
    }

    /// What is a private session's own: the main session hears, sees and forgets as it is configured.
    private static func mainIgnores(_ setup: Setup) -> [String] {
        let (input, compression) = (setup.realtimeInput, setup.compression)
        var names: [String] = []
        if setup.generation.mediaResolution != nil { names.append("generationConfig.mediaResolution") }
        if input.setsDetection { names.append("realtimeInputConfig.automaticActivityDetection") }
        if input.activityHandling != nil { names.append("realtimeInputConfig.activityHandling") }
        if input.turnCoverage != nil { names.append("realtimeInputConfig.turnCoverage") }
        if compression.triggerTokens != nil { names.append("contextWindowCompression.triggerTokens") }
        if compression.targetTokens != nil { names.append("contextWindowCompression.slidingWindow.targetTokens") }
        return names.map { "setup.\($0)" }
    }
}

extension RealtimeInputConfig {
    fileprivate var setsDetection: Bool {
        var rest = self
        (rest.activityHandling, rest.turnCoverage) = (nil, nil)
        return rest != RealtimeInputConfig()
    }
}
