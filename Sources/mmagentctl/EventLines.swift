import AgentProtocol

/// Events as lines for people. Answers are shown whole, when their turn ends.
struct EventLines {
    private var answers: [String: String] = [:]

    mutating func lines(for message: ReceivedMessage) -> [String] {
        let turn = message.turn ?? "?"
        if let text = message.text {
            // Bounded, should a turn's end never come.
            if answers.count > 64 { answers.removeAll() }
            answers[turn, default: ""] += text
            return []
        }
        if message.isInterrupted { return flush(turn, ending: "(interrupted)", of: message) }
        if message.isTurnComplete {
            let reason = message.turnCompleteReason.map { "(\($0))" } ?? ""
            return flush(turn, ending: reason, of: message)
        }
        return Self.description(of: message).map { [stamped($0, message)] } ?? []
    }

    private mutating func flush(_ turn: String, ending: String, of message: ReceivedMessage) -> [String] {
        guard let text = answers.removeValue(forKey: turn) else { return [] }
        let line = ["turn", turn + ":", text.split(separator: "\n").joined(separator: " "), ending].filter { !$0.isEmpty }.joined(
            separator: " ")
        return [stamped(line, message)]
    }

    /// The time of day (UTC) of `mm.time` before the line.
    private func stamped(_ line: String, _ message: ReceivedMessage) -> String {
        guard let time = message.native("time")?.string, let separator = time.firstIndex(of: "T") else { return line }
        return "\(time[time.index(after: separator)...])  \(line)"
    }

    private static func description(of message: ReceivedMessage) -> String? {
        if let error = message.error { return "error \(error)" }
        if let left = message.goAway { return "goAway in \(left.figure)" }
        let content = message.json["serverContent"]
        if let heard = content?["inputTranscription"] { return "heard \(heard["text"]?.string ?? "")" }
        if let guess = content?["interimInputTranscription"] { return "hearing \(guess["text"]?.string ?? "") …" }
        if let activity = message.json["voiceActivity"] {
            let verb = activity["type"]?.string == VoiceActivity.Kind.start.rawValue ? "begins" : "ends"
            return "voice \(verb) at \(activity["audioOffset"]?.string ?? "?")"
        }
        if !message.functionCalls.isEmpty { return "calls " + message.functionCalls.map(\.line).joined(separator: "; ") }
        if !message.cancelledCalls.isEmpty { return "no longer waits for \(message.cancelledCalls.joined(separator: ", "))" }
        if let observation = message.native("observation") {
            let source = observation["source"]?.string.map { " (\($0))" } ?? ""
            return "observation \(observation["text"]?.string ?? "")\(source)"
        }
        if let health = message.native("health") {
            return "health \(health["component"]?.string ?? "?") \(health["state"]?.string ?? "?"): \(health["message"]?.string ?? "")"
        }
        if let device = message.native("device") { return "device " + Report.device(device) }
        if let gap = message.native("gap") {
            if let modality = gap["modality"]?.string {
                return
                    "gap in \(modality) from \(gap["from"]?.string ?? "?") to \(gap["to"]?.string ?? "?"): \(gap["reason"]?.string ?? "")"
            }
            return "gap: events \(gap["from"]?.integer ?? 0) to \(gap["to"]?.integer ?? 0) are missing"
        }
        return nil
    }
}
