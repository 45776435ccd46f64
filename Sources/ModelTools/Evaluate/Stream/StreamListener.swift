package import AgentProtocol

/// Turns the messages of a session, as a native client gets them, into notes.
package struct StreamListener: Sendable {
    /// Of a client with a standing instruction, which one; nil: it follows everything else.
    private let instruction: Int?
    private var texts: [String: String] = [:]
    package private(set) var notes: [StreamNote] = []

    package init(instruction: Int? = nil) { self.instruction = instruction }

    /// - Parameters:
    ///   - now: seconds from the beginning of the recording.
    ///   - origin: at what second of the stream's own clock the recording began.
    package mutating func receive(_ message: ReceivedMessage, at now: Double, origin: Double) {
        func seconds(_ value: JSONValue?) -> Double? { value?.string.flatMap(Duration.init(wire:)).map { $0.inSeconds - origin } }
        if instruction == nil, let observation = message.native("observation"), let text = observation["text"]?.string {
            let time = seconds(observation["time"]) ?? now
            notes.append(observation["source"]?.string == "mic" ? .sound(text, at: time) : .noticed(text, at: time))
        }
        if instruction == nil, let heard = message.json["serverContent"]?["inputTranscription"], heard["finished"]?.bool == true {
            notes.append(
                .words(
                    heard["text"]?.string ?? "", from: seconds(heard["startOffset"]) ?? now, to: seconds(heard["endOffset"]) ?? now,
                    turn: message.turn))
        }
        guard let turn = message.turn else { return }
        if let text = message.text { texts[turn, default: ""] += text }
        guard message.isTurnComplete, let text = texts.removeValue(forKey: turn), message.turnCompleteReason != "INTERRUPTED" else {
            return
        }
        if message.isUnsolicited {
            if let instruction { notes.append(.said(instruction: instruction, text, at: now)) }
        } else if instruction == nil, message.native("source")?.string == "mic" {
            notes.append(.answer(turn: turn, text))
        }
    }
}
