import AgentProtocol
import AudioEncoder
import Checkpoint
import Interleaver
import Tools

/// The stream of a private session as its client's setup wants it, and what of that is done otherwise.
struct PrivateStream {
    var options: StreamOptions
    /// "path: 20 -> 100", as the ignored list has them.
    private(set) var remarks: [String] = []

    /// - Parameters:
    ///   - base: as it is configured.
    ///   - instruction: the system prompt; empty: the model's.
    ///   - declarations: of the client's functions; nil: there are none.
    init(_ setup: Setup, over base: StreamOptions, model: AgentModel, instruction: String, declarations: MarkedText? = nil) {
        options = base
        if let declarations { options.declarations = declarations }
        if !instruction.isEmpty { options.system = instruction }
        options.listening = Listening(setup.realtimeInput, answersSpeech: base.answersSpeech)
        detect(setup.realtimeInput)
        cover(setup.realtimeInput.turnCoverage)
        look(setup.generation.mediaResolution, model)
        compress(setup.compression, model)
        options.thinks = setup.generation.thinking.isWanted && model.thoughts != nil
    }

    private mutating func note(_ path: String, _ wanted: String, _ given: String) {
        if wanted != given { remarks.append("setup.\(path): \(wanted) -> \(given)") }
    }

    private mutating func detect(_ input: RealtimeInputConfig) {
        options.activity = ActivityParametersOverlay.apply(input, to: options.activity)
        func noteIfOutside(_ name: String, _ wanted: Int?, in range: ClosedRange<Int>) {
            guard let wanted else { return }
            note("realtimeInputConfig.automaticActivityDetection.\(name)", "\(wanted)", "\(range.nearest(to: wanted))")
        }
        noteIfOutside("prefixPaddingMs", input.prefixPaddingMilliseconds, in: ActivityParameters.prefixPaddingRange)
        noteIfOutside("silenceDurationMs", input.silenceDurationMilliseconds, in: ActivityParameters.silenceDurationRange)
    }

    /// What is seen while nobody speaks is what the next question may be about: it is taken in whatever is asked for.
    private mutating func cover(_ coverage: TurnCoverage?) {
        guard coverage == .onlyActivity else { return }
        note("realtimeInputConfig.turnCoverage", TurnCoverage.onlyActivity.rawValue, TurnCoverage.allVideo.rawValue)
    }

    /// The nearest number of soft tokens that the model was made for, of those that leave room for a sound beside the frame.
    private mutating func look(_ resolution: MediaResolution?, _ model: AgentModel) {
        guard let resolution else { return }
        let path = "generationConfig.mediaResolution"
        guard let vision = model.configuration.vision else {
            return note(path, resolution.rawValue, "the model does not see")
        }
        let policy = options.eviction ?? EvictionPolicy(model.configuration.stream)
        let room = min(policy.videoRows, policy.totalRows - StreamConfiguration.soundRows)
        let budgets = vision.softTokenBudgets.filter { StreamConfiguration.frameRows(softTokens: $0) <= room }
        guard vision.softTokenBudgets.count > 1, let nearest = budgets.min(by: { resolution.distance($0) < resolution.distance($1) }) else {
            return note(path, resolution.rawValue, "\(options.softTokens ?? vision.softTokenBudget) soft tokens, the only choice")
        }
        options.softTokens = nearest
        if nearest != resolution.softTokens { note(path, resolution.rawValue, "\(nearest) soft tokens") }
    }

    /// At least a frame and a sound, at most what the session may have.
    private mutating func compress(_ compression: ContextCompression, _ model: AgentModel) {
        guard compression != ContextCompression() else { return }
        var policy = options.eviction ?? EvictionPolicy(model.configuration.stream)
        let frame = model.configuration.vision.map {
            StreamConfiguration.frameRows(softTokens: options.softTokens ?? $0.softTokenBudget)
        }
        let least = min((frame ?? 0) + StreamConfiguration.soundRows, policy.totalRows)
        let trigger = (least...policy.totalRows).nearest(to: compression.triggerTokens ?? policy.totalRows)
        let target = (least...trigger).nearest(to: compression.targetTokens ?? trigger / 2)
        if let wanted = compression.triggerTokens { note("contextWindowCompression.triggerTokens", "\(wanted)", "\(trigger)") }
        if let wanted = compression.targetTokens { note("contextWindowCompression.slidingWindow.targetTokens", "\(wanted)", "\(target)") }
        policy.totalRows = trigger
        policy.targetRows = target
        options.eviction = policy
    }
}

extension MediaResolution {
    fileprivate func distance(_ budget: Int) -> Int { abs(budget - softTokens) }
}
