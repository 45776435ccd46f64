import AgentProtocol

/// One line of evaluation.jsonl: what is shown and played, and what is asked or expected of it. Any row may have a condition.
///
///     {"id":"s1","frames":[{"image":"s1-0.jpg","time":0.5}],"audio":"hum.wav","audioStart":4.0,
///      "asks":[{"measure":"objects","question":"what is on the desk?","objects":["mug"]},
///              {"measure":"presence","question":"is there a mug?","answers":["yes."]}]}
///     {"id":"u1","audio":"u1.wav","condition":"clean","words":"what is on the desk"}
///     {"id":"q1","frames":[…],"audio":"q1.wav","audioStart":4.0,"asks":[{"measure":"spoken","question":"…","answers":[…]}]}
///     {"id":"e1","audio":"e1.wav","sound":"knock"}
///     {"id":"w1","frames":[…],"instruction":"tell me when a mug appears","spoken":[[],["a mug."]]}
///     {"id":"f1","frames":[…],"functions":"<|tool>…<tool|>",
///      "asks":[{"measure":"functions","question":"open the gate","answers":["<|tool_call>call:open_gate{}<tool_call|>"],
///               "response":"<|tool_response>response:open_gate{…}<tool_response|>","said":["done, the gate is open."]}]}
///     {"id":"r1","frames":[{"image":"r1.jpg"}],"caption":"a red mug"}    {"id":"r2","audio":"r2.wav","caption":"a knock"}
package struct EvaluationRow: Sendable {
    struct Frame: Decodable, Sendable {
        let image: String
        /// Seconds of media time; nil: half a second after the one before.
        let time: Double?
    }

    package struct Ask: Decodable, Sendable {
        let measure: String
        let question: String
        let objects: [String]?
        let answers: [String]?
        /// Of a function that is rightly called: what it returns, and what may be said then.
        let response: String?
        let said: [String]?
    }

    package enum Task: Sendable {
        case asks([(measure: EvaluationMeasure, ask: Ask)])
        /// The question as typed, and the answers that are right; the sound asks the same.
        case spoken([Ask])
        case words(String, condition: String)
        case sound(SoundClass)
        /// Per frame what may be said; empty: nothing.
        case speakUp(instruction: String, spoken: [[String]])
        case retrieval(caption: String)
    }

    package enum SoundClass: String, Sendable, CaseIterable {
        case speech, silence, music, knock, bell, noise
        /// Talk of others about other things: nothing is to be answered to it, and no words of it are to be written down.
        case chatter

        /// Nothing is to be published of it.
        var isUnremarkable: Bool { self == .silence || self == .noise }
    }

    package let id: String
    /// In the file, from 1.
    let line: Int
    package let frames: [(image: String, time: Double)]
    let audio: String?
    let audioStart: Double
    /// What was made hard: a size, a background, where the sound comes from; nil: nothing.
    let condition: String?
    /// Declared, in the row in the model's own syntax; empty: none.
    let functions: [FunctionDeclaration]
    package let task: Task

    /// Whether it counts for one of the measures.
    func measures(_ measures: Set<EvaluationMeasure>) -> Bool {
        switch task {
        case .asks(let asks): asks.contains { measures.contains($0.measure) }
        case .spoken: measures.contains(.spoken)
        case .words: measures.contains(.words)
        case .sound: measures.contains(.sounds)
        case .speakUp: measures.contains(.speakUp)
        case .retrieval: measures.contains(.retrieval)
        }
    }

    /// Rows of a sort are limited together: the first lines of a set are of one sort only.
    var sort: EvaluationMeasure {
        switch task {
        case .asks: .objects
        case .spoken: .spoken
        case .words: .words
        case .sound: .sounds
        case .speakUp: .speakUp
        case .retrieval: .retrieval
        }
    }
}
