import AgentProtocol
import Decoder
import Interleaver
import Media

extension MediaStream {
    /// What a step noticed.
    enum Event: Sendable {
        case soundStarted(speech: Bool, offset: Double)
        case soundEnded(speech: Bool, from: Double, to: Double)
        /// A whole sound is in the cache, or a clip of one that goes on; `speech` if any of it was taken for speech.
        case heard(speech: Bool, from: Double, to: Double)
        case frameEncoded(offset: Double, work: Double, changedTokens: Int, tokens: Int)
        case audioLost(offset: Double, seconds: Double)
        case frameRefused(offset: Double, reason: String)
        case framesDropped(Int)
        case loadChanged(OverloadGovernor.Level, lag: Double)
    }
}

extension MediaStream.Event {
    /// The event as clients get it, with its source.
    var wire: [(AgentEvent, source: String?)] {
        switch self {
        case .soundStarted(let speech, let offset):
            guard speech else { return [] }
            return [(.voiceActivity(VoiceActivity(.start, offset: .seconds(offset))), "mic")]
        case .soundEnded(let speech, let from, let to):
            guard speech else {
                let length = Duration.seconds(to - from).figure
                return [(.observation(Observation(text: "a sound of \(length)", source: "mic", time: .seconds(from))), "mic")]
            }
            return [(.voiceActivity(VoiceActivity(.end, offset: .seconds(to))), "mic")]
        case .frameEncoded(let offset, _, let changed, let tokens):
            let share = tokens > 0 ? Double(changed) / Double(tokens) : 0
            return [
                (.observation(Observation(text: "the picture changed", source: "camera", score: share, time: .seconds(offset))), "camera")
            ]
        case .heard, .frameRefused, .framesDropped:
            // The session counts them: see `TroubleTally`.
            return []
        case .audioLost(let offset, let seconds):
            let from = Duration.seconds(offset)
            return [(.gap(.media(.microphone, from: from, to: from + .seconds(seconds), reason: "sound was lost")), "mic")]
        case .loadChanged(let level, let lag):
            let values: [String: JSONValue] = ["level": .string("\(level)"), "lag": .number(lag)]
            let message =
                level == .normal
                ? "the stream keeps up again" : "the stream is \(Duration.seconds(lag).figure) behind; for now it takes in \(level.words)"
            return [
                (.health(Health(component: "governor", state: level == .normal ? .ok : .degraded, message: message, values: values)), nil)
            ]
        }
    }
}

extension MediaStream {
    /// What an answer given now rests on: the newest frames and sounds in the cache, at most 8 of each.
    func evidence(now: MediaTime) -> Evidence {
        let frames = ledger.units(of: .video).suffix(8)
        let sounds = ledger.units(of: .audio).suffix(8)
        return Evidence(
            frames: frames.map { .init(time: .seconds(offset($0.from)), age: .seconds(max(0, (now - $0.to).seconds))) },
            audio: sounds.map { .init(from: .seconds(offset($0.from)), to: .seconds(offset($0.to))) })
    }

    /// What an answer given now would read of the cache, the question not counted.
    func usage() -> Usage {
        let video = ledger.rows(of: .video)
        let audio = ledger.rows(of: .audio)
        let cached = prefixRowCount + ledger.rows()
        return Usage(
            promptTokens: cached, responseTokens: 0, cachedTokens: cached,
            promptDetails: ["VIDEO": video, "AUDIO": audio, "TEXT": cached - video - audio])
    }
}
