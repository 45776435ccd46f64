import AgentProtocol
import Foundation
import Synchronization

/// What a client of the stream was told, unasked.
struct HeardAndSaid: Sendable, Equatable {
    /// Words, by sound.
    var transcripts: [String] = []
    /// Other sounds, by what they were called.
    var sounds: [String] = []
    /// Whole answers to what was spoken.
    var spokenAnswers: [String] = []
    /// Turns that a standing instruction began.
    var unsolicited: [String] = []

    var words: String { transcripts.joined(separator: " ") }
    var isNothing: Bool { transcripts.isEmpty && sounds.isEmpty }
}

/// Collects what the session publishes, as a client that follows everything.
final class EventLog: EventSink {
    private struct State {
        var collected = HeardAndSaid()
        /// Of turns that are not complete.
        var texts: [String: String] = [:]
    }

    private let state = Mutex(State())

    /// What came since the last call.
    func take() -> HeardAndSaid {
        state.withLock { state in
            defer { state.collected = HeardAndSaid() }
            return state.collected
        }
    }

    func send(_ message: OutboundMessage) {
        let message = message.message
        state.withLock { state in
            switch message.event {
            case .inputTranscription(let heard) where heard.isFinished:
                state.collected.transcripts.append(heard.text)
            case .observation(let noticed) where noticed.source == "mic":
                state.collected.sounds.append(noticed.text)
            case .modelTurn(let text):
                if let turn = message.turn { state.texts[turn, default: ""] += text }
            case .turnComplete:
                guard let turn = message.turn, let text = state.texts.removeValue(forKey: turn) else { return }
                if message.isUnsolicited {
                    state.collected.unsolicited.append(text)
                } else if message.source == "mic" {
                    state.collected.spokenAnswers.append(text)
                }
            default:
                break
            }
        }
    }

    func close(_ error: StatusError?) {}
}
