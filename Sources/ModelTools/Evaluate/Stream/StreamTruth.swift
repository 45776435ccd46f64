import Foundation

/// A recording of minutes and the truth of every moment of it: `truth.json`, as `python -m training.run stream` writes it.
/// All times are seconds from its beginning.
package struct StreamTruth: Decodable, Sendable {
    package struct Frame: Decodable, Sendable {
        let time: Double
        /// Relative to the recording's folder; several frames may name the same file.
        let image: String
    }

    package struct Mute: Decodable, Sendable {
        package enum Device: String, Decodable, Sendable { case camera, microphone }

        let device: Device
        let from: Double
        let to: Double
    }

    package struct Event: Decodable, Sendable {
        let time: Double
        let kind: String
    }

    /// What is to be noticed: a thing put down or taken away.
    package struct Change: Decodable, Sendable, Equatable {
        package enum Kind: String, Decodable, Sendable { case put, taken }

        let time: Double
        let kind: Kind
        /// The name of its kind.
        let object: String
    }

    /// A sentence of the model's own domain.
    package struct Words: Decodable, Sendable {
        let from: Double
        let to: Double
        let text: String
        let condition: String
        /// Of the speech over what lies under it; nil: nothing does.
        let decibels: Double?
        /// It is a question: the answers that are right.
        let answers: [String]?
        /// The question as one would type it.
        let typed: String?
    }

    package struct Sound: Decodable, Sendable {
        let from: Double
        let to: Double
        let sound: String
    }

    package struct Span: Decodable, Sendable {
        let from: Double
        let to: Double
    }

    package struct Turn: Decodable, Sendable, Equatable {
        let question: String
        let answer: String
    }

    package struct Ask: Decodable, Sendable {
        package enum Wording: String, Decodable, Sendable, CaseIterable { case plain, held, typo, `case` }

        let time: Double
        let measure: StreamMeasure
        let question: String
        let answers: [String]?
        /// Kinds that are there, for `objects`.
        let objects: [String]?
        let wording: Wording?
        /// The answer depends on the newest frame, or sound, alone.
        let now: Bool?
        /// Earlier turns of the same conversation.
        let after: [Turn]?
    }

    package struct Instruction: Decodable, Sendable {
        package struct Due: Decodable, Sendable {
            let time: Double
            let answers: [String]
            /// It may be said, and need not.
            let optional: Bool?
        }

        let text: String
        let from: Double
        let to: Double
        let due: [Due]
    }

    package var id: String
    package var seconds: Double
    let fps: Double
    package var frames: [Frame]
    var muted: [Mute]
    var events: [Event]
    var observations: [Change]
    var words: [Words]
    var sounds: [Sound]
    var chatter: [Span]
    package var asks: [Ask]
    var instructions: [Instruction]

    /// An answer, or an end of a sound, needs so much of the stream after it.
    private static let tail = 4.0

    /// What of it lies in the first seconds, as if it had been no longer.
    package func limited(to limit: Double) -> StreamTruth {
        guard limit < seconds else { return self }
        var short = self
        let end = limit - Self.tail
        short.seconds = limit
        short.frames = frames.filter { $0.time < limit }
        short.muted = muted.filter { $0.from < limit }.map { Mute(device: $0.device, from: $0.from, to: min($0.to, limit)) }
        short.events = events.filter { $0.time < limit }
        short.observations = observations.filter { $0.time < end }
        short.words = words.filter { $0.to < end }
        short.sounds = sounds.filter { $0.to < end }
        short.chatter = chatter.filter { $0.from < limit }.map { Span(from: $0.from, to: min($0.to, limit)) }
        short.asks = asks.filter { $0.time < limit }
        short.instructions = instructions.filter { $0.from < limit }.map { instruction in
            Instruction(
                text: instruction.text, from: instruction.from, to: min(instruction.to, limit),
                due: instruction.due.filter { $0.time < end })
        }
        return short
    }

    /// What in it cannot be measured: key, value, remedy; nil: nothing.
    var problem: String? {
        guard seconds > 0 else { return "seconds is \(seconds): a recording has a length" }
        guard fps > 0 else { return "fps is \(fps): give the frames a second" }
        for (name, times) in [("frames", frames.map(\.time)), ("asks", asks.map(\.time))] {
            for (index, pair) in zip(times, times.dropFirst()).enumerated() where pair.1 < pair.0 {
                return "\(name)[\(index + 1)].time is \(pair.1), before the one ahead of it at \(pair.0): sort them by time"
            }
            if let last = times.last, last > seconds { return "\(name) go on to \(last) s, the recording ends at \(seconds): cut them" }
        }
        for (index, ask) in asks.enumerated() {
            let isObjects = ask.measure == .objects
            guard isObjects ? ask.objects != nil : ask.answers?.isEmpty == false else {
                return "asks[\(index)] of the measure \(ask.measure.rawValue) has no \(isObjects ? "objects" : "answers"): add them"
            }
        }
        for (index, instruction) in instructions.enumerated() where instruction.due.contains(where: { $0.answers.isEmpty }) {
            return "instructions[\(index)] is due with nothing to say: give its answers"
        }
        return nil
    }
}
