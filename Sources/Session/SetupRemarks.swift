import AgentProtocol
import AudioEncoder

/// What of a setup is done otherwise than it was asked for: it stands in `setupComplete.mm.ignored` beside what is not read.
enum SetupRemarks {
    static func of(_ setup: Setup, isPrivate: Bool, given: AnswerOptions) -> [String] {
        var remarks: [String] = []
        func note(_ path: String, _ wanted: Int, _ given: Int) {
            if wanted != given { remarks.append("setup.\(path): \(wanted) -> \(given)") }
        }
        if let wanted = setup.generation.maxOutputTokens { note("generationConfig.maxOutputTokens", wanted, given.maximumTokens) }
        let (input, detection) = (setup.realtimeInput, "realtimeInputConfig.automaticActivityDetection")
        if isPrivate {
            func noteIfOutside(_ name: String, _ wanted: Int?, in range: ClosedRange<Int>) {
                if let wanted { note("\(detection).\(name)", wanted, range.nearest(to: wanted)) }
            }
            noteIfOutside("prefixPaddingMs", input.prefixPaddingMilliseconds, in: ActivityParameters.prefixPaddingRange)
            noteIfOutside("silenceDurationMs", input.silenceDurationMilliseconds, in: ActivityParameters.silenceDurationRange)
        } else if input != RealtimeInputConfig() {
            // The main session's microphone is everybody's: the configuration says how it listens.
            remarks.append("setup.\(detection)")
        }
        return remarks
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
}
