public import AgentProtocol
package import Capture
import Foundation
import Interleaver
import Media
public import Session
import Synchronization
import Tools

/// Feeds recordings to an engine as fast as it takes them in, then asks: the daemon without devices and socket.
public struct Replay: Sendable {
    /// What was answered, and what it took.
    public struct Answer: Sendable {
        /// As the session numbered it.
        public let turn: String
        /// Or, where it ended in calls, those, in the model's own syntax.
        public let text: String
        public let firstToken: Double
        public let total: Double
        public let promptTokens: Int
        public let answerTokens: Int
    }

    public let engine: AgentEngine
    private let client = ClientContext.ID(1)
    private let sink = CollectingSink()
    private let functions: [FunctionDeclaration]

    /// - Parameter functions: what the client that asks declares.
    public init(engine: AgentEngine, functions: [FunctionDeclaration] = []) {
        self.engine = engine
        self.functions = functions
    }

    /// Joins a session as a client.
    /// - Parameter session: nil opens a private one.
    /// - Returns: the session's name.
    @discardableResult
    public func connect(to session: String? = AgentEngine.mainSession) async throws -> String {
        var setup = Setup()
        setup.attach = session
        setup.subscribe = Set(Topic.allCases)
        setup.functions = functions
        return try await engine.connect(client, setup: setup, sink: sink, server: "mmagent-model", features: []).sessionID
    }

    /// So many pictures could not be read; the reason of the first.
    package typealias Damage = (_ count: Int, _ reason: String, _ remedy: String) -> Void

    /// Takes in whole recordings, merged by media time. Both must be unpaced file sources that begin at time 0, or `none`.
    /// - Parameters:
    ///   - seconds: stop after this much media time; nil: at the end.
    ///   - onDamage: pictures that cannot be read; nil: the first is an error, since a measurement of something else than the
    ///     recording would be none.
    ///   - progress: called with the media time reached, in seconds.
    package func play(
        audio: any AudioSource, video: any VideoSource, seconds: Double? = nil, onDamage: Damage? = nil,
        progress: (Double) -> Void = { _ in }
    ) async throws {
        try await audio.start()
        try await video.start()
        var balance = ReplayBalance(hasSound: audio.status.source != "none", hasPictures: video.status.source != "none")
        await engine.setDelivering(audio.status.source != "none", .audio)
        await engine.setDelivering(video.status.source != "none", .video)
        while !balance.isOver {
            if balance.wantsSound {
                for event in audio.read(maximumSamples: AudioBlock.sampleRate) {
                    switch event {
                    case .block(let block):
                        balance.soundReached(block.end)
                        await engine.push(block)
                    case .gap(let start, let seconds, _):
                        await engine.pushAudioGap(start: start, seconds: seconds)
                    case .ended:
                        balance.endSound()
                        await engine.setDelivering(false, .audio)
                    case .lost(let reason, let remedy):
                        throw ReplayError.lost(source: audio.status.source, reason: reason, remedy: remedy)
                    case .recovered:
                        break
                    }
                }
            }
            if balance.wantsPictures {
                for event in video.read() {
                    switch event {
                    case .frame(let frame):
                        balance.picturesReached(frame.time)
                        await engine.push(frame)
                    case .ended:
                        balance.endPictures()
                        await engine.setDelivering(false, .video)
                    case .damaged(let count, let reason, let remedy):
                        guard let onDamage else {
                            throw ReplayError.lost(source: video.status.source, reason: reason, remedy: remedy)
                        }
                        onDamage(count, reason, remedy)
                    case .lost(let reason, let remedy):
                        throw ReplayError.lost(source: video.status.source, reason: reason, remedy: remedy)
                    case .dropped, .recovered:
                        break
                    }
                }
            }
            while await engine.step(now: nil) {}
            // File sources begin at media time 0 in a replay.
            guard let reached = balance.reached?.seconds else { continue }
            progress(reached)
            if let seconds, reached >= seconds { break }
        }
        await audio.stop()
        await video.stop()
    }

    /// Asks and waits for the whole answer.
    public func ask(_ question: String) async throws -> Answer {
        sink.begin()
        return try await answer(of: engine.ask([.text(question)], from: client, re: nil, sink: sink))
    }

    /// Tells what the functions returned that the last answer called, and waits for the words that follow.
    /// - Parameter response: in the model's own syntax.
    package func respond(_ response: String) async throws -> Answer {
        guard let called = sink.called, let returned = CallText.readResponse(response) else {
            throw ReplayError.noAnswer("nothing was called, or \(response) is no response")
        }
        sink.begin()
        try await engine.respond(called.calls.map { FunctionResponse(id: $0.id, response: returned.value) }, from: client)
        return try await answer(of: called.turn)
    }

    private func answer(of turn: String) async throws -> Answer {
        let (text, end) = try await sink.answer(of: turn)
        return Answer(
            turn: turn, text: text, firstToken: end?.timing?.firstToken.inSeconds ?? 0, total: end?.timing?.total?.inSeconds ?? 0,
            promptTokens: end?.usage?.promptTokens ?? 0, answerTokens: end?.usage?.responseTokens ?? 0)
    }

    /// Asks as a client that has asked nothing before.
    /// - Parameter after: earlier turns of the conversation, which the client tells.
    public func askAlone(_ question: String, after: [(question: String, answer: String)] = []) async throws -> Answer {
        await disconnect()
        try await connect()
        for turn in after { try await engine.appendHistory(question: turn.question, answer: turn.answer, from: client) }
        return try await ask(question)
    }

    public func disconnect() async { await engine.disconnect(client) }
}

public enum ReplayError: Error, CustomStringConvertible {
    case lost(source: String, reason: String, remedy: String)
    case noAnswer(String)

    public var description: String {
        switch self {
        case .lost(let source, let reason, let remedy): "\(source): \(reason); \(remedy)"
        case .noAnswer(let reason): "no answer: \(reason)"
        }
    }
}

/// Collects the text of turns until they are complete, or call.
private final class CollectingSink: EventSink {
    private struct State {
        var texts: [String: String] = [:]
        var waiting: [String: CheckedContinuation<(String, TurnComplete?), any Error>] = [:]
        /// nil: it waits for what it called.
        var complete: [String: TurnComplete?] = [:]
        var called: (turn: String, calls: [FunctionCall])?
    }

    private let state = Mutex(State())

    func begin() { state.withLock { $0 = State() } }

    func send(_ message: OutboundMessage) {
        guard let turn = message.message.turn else { return }
        switch message.message.event {
        case .modelTurn(let text):
            state.withLock { $0.texts[turn, default: ""] += text }
        case .toolCall(let calls):
            state.withLock { state in
                state.called = (turn, calls)
                state.texts[turn] = calls.map { CallText.call(of: $0.name, $0.arguments).written }.joined()
            }
            finish(turn, nil)
        case .turnComplete(let end):
            finish(turn, end)
        default:
            break
        }
    }

    private func finish(_ turn: String, _ end: TurnComplete?) {
        let ready = state.withLock { state in
            state.complete[turn] = .some(end)
            return state.waiting.removeValue(forKey: turn).map { ($0, state.texts[turn] ?? "") }
        }
        ready?.0.resume(returning: (ready?.1 ?? "", end))
    }

    /// What the newest turn called since `begin`.
    var called: (turn: String, calls: [FunctionCall])? { state.withLock { $0.called } }

    func close(_ error: StatusError?) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(throwing: ReplayError.noAnswer(error?.message ?? "the session was closed")) }
    }

    func answer(of turn: String) async throws -> (String, TurnComplete?) {
        try await withCheckedThrowingContinuation { continuation in
            let ready = state.withLock { state -> (String, TurnComplete?)? in
                if let end = state.complete[turn] { return (state.texts[turn] ?? "", end) }
                state.waiting[turn] = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
