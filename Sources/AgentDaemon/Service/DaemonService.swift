import AgentProtocol
import Capture
import Foundation
import ImageFiles
import Logging
import Media
import Session

/// Answers clients: questions go to the engine, native requests are answered from the daemon's own state.
actor DaemonService: AgentService {
    static let server = "mmagentd/\(Product.version)"
    private static let features = [
        "text", "audio", "video", "observe", "watch", "activity", "output_transcription", "tools", "schema", "replay",
    ]

    private struct Client {
        let sink: any EventSink
        let session: String
        /// The message with media that is being taken in; what follows it waits, except for native requests.
        var work: Task<Void, Never>?
        /// What it has in work is a question, not media of a private session.
        var isAsking = false
        /// When the client's next picture may be decoded without more than `max_client_pixels` a second.
        var nextPicture = ContinuousClock.now
        /// Sound that a client streams into its private session: its rate's converter, and where the next block starts.
        var resampler: (rate: Int, Resampler)?
        var audioEnd: MediaTime?
        var frames = 0
        /// What it says up to the next `turnComplete` was said before it connected.
        var isTellingHistory = false
        /// What it asked is answered to its end when it goes before.
        var runsOn = false
    }

    let engine: AgentEngine
    let pump: MediaPump
    let state: StateStore
    let maximumClients: Int
    /// What of the configuration the model was not made for; each client that follows `health` is told once.
    let warnings: [String]
    let configurationFile: String?
    private let media: MediaIntake
    private let light = LightMedia()
    var pictureWarnings = 0
    /// Why the configuration file is not the one in force; nil: it is, or has not been read again.
    var reloadProblem: String?
    /// Reads the configuration again, and says what came of it; nil: the daemon stops.
    private var reload: (@Sendable () async -> String)?
    let started = ContinuousClock.now
    private let log: Logger
    private var clients: [ClientContext.ID: Client] = [:]

    init(
        engine: AgentEngine, pump: MediaPump, state: StateStore, maximumClients: Int, live: DaemonConfiguration.Live, warnings: [String],
        configurationFile: String?, log: Logger
    ) {
        self.configurationFile = configurationFile
        self.engine = engine
        self.warnings = warnings
        media = MediaIntake(limits: live)
        self.maximumClients = maximumClients
        self.pump = pump
        self.state = state
        self.log = log
    }

    func connected(_ client: ClientContext, setup: Setup, sink: any EventSink) async throws(StatusError) -> SetupComplete {
        if let name = setup.modelName, !["mmagent", "mmagent-main", engine.model.name].contains(name), !name.hasPrefix("gemini-") {
            throw StatusError(
                .notFound, "there is no model \"\(name)\"; this daemon runs \"\(engine.model.name)\", also called \"mmagent\"",
                reason: "UNKNOWN_MODEL")
        }
        var complete = try await engine.connect(
            client.id, user: client.principal, setup: setup, sink: sink, server: Self.server,
            features: Self.features + (media.limits.keepsSessions ? ["resumption"] : []))
        let live = media.limits
        complete.limits = [
            "lineBytes": LineFramer.defaultMaximumLineBytes, "linePixels": live.maximumLinePixels,
            "clientPixelsPerSecond": live.maximumClientPixels, "daemonPixels": live.maximumDaemonPixels,
            "lineSoundSeconds": live.maximumLineSeconds, "toolSeconds": live.toolTimeout,
            "resumptionSeconds": live.keepsSessions ? live.sessionTTL : 0,
        ]
        clients[client.id] = Client(
            sink: sink, session: complete.sessionID, isTellingHistory: setup.beginsWithHistory && setup.resumption?.handle == nil,
            runsOn: setup.runsOn)
        for warning in warnings { sink.send(.health(Health(component: "stream", state: .degraded, message: warning))) }
        log.debug(
            "client connected", metadata: ["client": "\(client.id)", "session": "\(complete.sessionID)", "peer": "\(client.principal)"])
        return complete
    }

    func disconnected(_ client: ClientContext.ID) async {
        // A question that is to be answered without its client is taken in first, with its pictures.
        if clients[client]?.runsOn == true { await clients[client]?.work?.value }
        clients.removeValue(forKey: client)?.work?.cancel()
        await engine.disconnect(client)
        log.debug("client disconnected", metadata: ["client": "\(client)"])
    }

    func receive(_ message: ClientMessage, from id: ClientContext.ID) async -> Task<Void, Never>? {
        if case .native = message.kind {
            await take(message, from: id)
            return nil
        }
        await clients[id]?.work?.value
        guard let client = clients[id] else { return nil }
        do throws(StatusError) {
            let weight = try MediaWeight(message, limits: media.limits)
            guard !weight.isEmpty else {
                await take(message, from: id)
                return nil
            }
            // In a task of its own, so that the client can give it up.
            if case .clientContent = message.kind { clients[id]?.isAsking = true }
            let work = Task {
                let isIn = await media.enter(pixels: weight.pixels)
                await take(message, from: id)
                if isIn { await media.leave(pixels: weight.pixels) }
                clients[id]?.work = nil
                clients[id]?.isAsking = false
            }
            clients[id]?.work = work
            return work
        } catch {
            client.sink.refuse(error, re: message.id)
            return nil
        }
    }

    private func take(_ message: ClientMessage, from id: ClientContext.ID) async {
        guard let client = clients[id] else { return }
        do {
            try Task.checkCancellation()
            switch message.kind {
            case .setup:
                break  // The transport takes the first one and refuses others.
            case .clientContent(let content):
                try await receive(content, from: id, re: message.id, sink: client.sink)
            case .realtimeInput(let inputs):
                var hasAsked = false
                for input in inputs {
                    try Task.checkCancellation()
                    if try await receive(input, from: id, re: message.id, sink: client.sink) { hasAsked = true }
                }
                // An ask has its turn for an answer.
                if message.id != nil, !hasAsked { client.sink.reply(.accepted, to: message.id) }
            case .toolResponse(let responses):
                let ignored = try await engine.respond(responses, from: id, re: message.id, sink: client.sink)
                if !ignored.isEmpty { client.sink.reply(.ignored(ignored, of: message.id), to: nil) }
            case .contextUpdate(let update):
                if let tools = update.tools { try await engine.declare(FunctionDeclaration.list(in: .array(tools)), from: id) }
                if let instruction = update.systemInstruction {
                    let ignored = try await engine.update(instruction: instruction.text, of: id)
                    if !ignored.isEmpty { client.sink.reply(.ignored(ignored, of: message.id), to: nil) }
                }
                client.sink.reply(.accepted, to: message.id)
            case .native(let request):
                try await receive(request, from: id, re: message.id, sink: client.sink)
            }
        } catch let error as StatusError {
            client.sink.refuse(error, re: message.id)
        } catch let error as ProtocolError {
            client.sink.refuse(error.status(), re: message.id)
        } catch let error as ImageFileError {
            client.sink.refuse(StatusError(unreadable: error), re: message.id)
        } catch is CancellationError {
            client.sink.refuse(
                StatusError(.cancelled, "the message was given up before it was taken in", reason: "CANCELLED"), re: message.id)
        } catch {
            client.sink.refuse(StatusError(.failedPrecondition, "\(error)", reason: "NOT_POSSIBLE_NOW"), re: message.id)
        }
    }

    func reloads(by reload: (@Sendable () async -> String)?) { self.reload = reload }

    /// The configuration was read again.
    /// - Parameter problem: why it was not taken over; nil: it was.
    func reloaded(problem: String?) async {
        defer { reloadProblem = problem }
        guard problem != nil || reloadProblem != nil else { return }
        let message = problem ?? "the configuration was reloaded"
        let health = Health(component: "configuration", state: problem == nil ? .ok : .degraded, message: message)
        await engine.publish(.health(health), source: "configuration")
    }

    // MARK: Content

    private func receive(_ content: ClientContent, from id: ClientContext.ID, re: RequestID?, sink: any EventSink) async throws {
        var parts: [QuestionPart] = []
        for turn in content.turns {
            if turn.role == "system" {
                throw StatusError(
                    .invalidArgument, "a turn of role \"system\" cannot be said here: send it as setup.systemInstruction",
                    reason: "SYSTEM_TURN")
            } else if turn.role == "model" {
                if let part = turn.parts.first(where: { if case .text = $0.payload { false } else { $0.payload != .empty } }) {
                    throw StatusError(
                        .unimplemented, "a turn of role \"model\" is kept as text, and this one has \(part.payload.name)",
                        reason: "UNSUPPORTED_PART")
                }
                // A past exchange that the client tells: what it said before this is the question.
                try await engine.appendHistory(question: parts.text, answer: turn.text, from: id)
                parts = []
            } else {
                for part in turn.parts { if let part = try await questionPart(part, from: id) { parts.append(part) } }
            }
        }
        try Task.checkCancellation()
        let isHistory = clients[id]?.isTellingHistory == true
        if content.turnComplete { clients[id]?.isTellingHistory = false }
        if content.turnComplete, !isHistory {
            try await engine.ask(parts, from: id, re: re, sink: sink)
        } else {
            try await engine.append(parts, from: id)
            sink.reply(.accepted, to: re)
        }
    }

    /// Decoded off this actor, no faster than the client may have pictures decoded: a line's worth at once, then at its rate.
    private func picture(_ blob: Blob, from id: ClientContext.ID) async throws -> RGBImage {
        let (limits, now) = (media.limits, ContinuousClock.now)
        let rate = Double(limits.maximumClientPixels)
        let due = max(clients[id]?.nextPicture ?? now, now) + .seconds(Double(try ImageFiles.work(of: blob.data)) / rate)
        clients[id]?.nextPicture = due
        try await Task.sleep(until: due - .seconds(Double(limits.maximumLinePixels) / rate), clock: .continuous)
        let picture = try await media.picture(blob.data)
        if picture.warning != nil { pictureWarnings += 1 }
        return picture.image
    }

    private func questionPart(_ part: Part, from id: ClientContext.ID) async throws -> QuestionPart? {
        switch part.payload {
        case .text(let text):
            return .text(text)
        case .inlineData(let blob) where blob.mediaType.hasPrefix("image/"):
            return .image(try await picture(blob, from: id))
        case .inlineData(let blob):
            throw StatusError(
                .invalidArgument,
                "\(blob.mimeType) cannot be part of a turn: text and image/jpeg or image/png can; send sound as realtimeInput",
                reason: "UNSUPPORTED_MIME_TYPE")
        case .other(let name, _):
            throw StatusError(.unimplemented, "a part \"\(name)\" cannot be read by this version", reason: "UNSUPPORTED_PART")
        case .empty:
            return nil
        }
    }

    /// - Returns: whether it asked something.
    private func receive(_ input: RealtimeInput, from id: ClientContext.ID, re: RequestID?, sink: any EventSink) async throws -> Bool {
        switch input {
        case .text(let text):
            // Without words it ends what was said before, as of a history whose last turn is a question; pipecat sends such a one.
            guard text.contains(where: { !$0.isWhitespace }) else {
                guard await engine.hasSaid(id) else { return false }
                try await engine.ask([], from: id, re: re, sink: sink)
                return true
            }
            try await engine.ask([.text(text)], from: id, re: re, sink: sink)
            return true
        case .audio(let blob):
            let session = try privateSession(of: id)
            let (samples, converter) = try await light.sound(blob, after: clients[id]?.resampler)
            clients[id]?.resampler = converter
            await engine.push(audioBlock(samples, from: id), to: session)
            await take(in: session)
        case .video(let blob):
            let session = try privateSession(of: id)
            guard blob.mediaType.hasPrefix("image/") else {
                throw StatusError(
                    .invalidArgument, "\(blob.mimeType) is not a picture; send image/jpeg or image/png", reason: "UNSUPPORTED_MIME_TYPE")
            }
            let image = try await picture(blob, from: id)
            let count = clients[id]?.frames ?? 0
            clients[id]?.frames = count + 1
            await engine.push(VideoFrame(time: .now(), image: image, sequence: count), to: session)
            await take(in: session)
        case .audioStreamEnd:
            let session = try privateSession(of: id)
            clients[id]?.audioEnd = nil
            clients[id]?.resampler = nil
            await engine.endSound(session: session)
            await take(in: session)
        case .activityStart:
            _ = try privateSession(of: id)
            try await engine.beginActivity(of: id)
        case .activityEnd:
            _ = try privateSession(of: id)
            try await engine.endActivity(of: id)
        }
        return false
    }

    private func privateSession(of id: ClientContext.ID) throws(StatusError) -> String {
        guard let session = clients[id]?.session, session != AgentEngine.mainSession else {
            throw StatusError(
                .failedPrecondition,
                "the main session hears and sees through this machine's own devices; open a private session to send media",
                reason: "MAIN_SESSION")
        }
        return session
    }

    private func audioBlock(_ samples: [Float], from id: ClientContext.ID) -> AudioBlock {
        let length = Double(samples.count) / Double(AudioBlock.sampleRate)
        // A client's sound goes on where it ended, unless it paused, or sends a recording: then the clock decides anew.
        let now = MediaTime.now().adding(seconds: -length)
        let expected = clients[id]?.audioEnd ?? now
        let start = abs((expected - now).seconds) > 1 ? now : expected
        let block = AudioBlock(start: start, samples: samples)
        clients[id]?.audioEnd = block.end
        return block
    }

    /// A private session has no loop of its own: what its client sends is taken in at once. That is also its backpressure.
    private func take(in session: String) async {
        while await engine.step(session: session, now: nil) {}
    }

    // MARK: Native requests

    private func receive(_ request: NativeRequest, from id: ClientContext.ID, re: RequestID?, sink: any EventSink) async throws {
        switch request {
        case .subscribe:
            break  // The transport has done it.
        case .status:
            sink.reply(.status(await status()), to: re)
        case .devices:
            sink.reply(.devices([pump.report(.microphone), pump.report(.camera)]), to: re)
        case .metrics:
            sink.reply(.metrics(await metrics()), to: re)
        case .mute(let modality):
            try await pump.setMuted(true, modality)
            sink.reply(.muted(modality, true), to: re)
        case .unmute(let modality):
            try await pump.setMuted(false, modality)
            sink.reply(.muted(modality, false), to: re)
        case .snapshot:
            guard let frame = await engine.latestFrame() else { throw noPicture }
            let (jpeg, width, height) = try await light.snapshot(of: frame.image)
            // Muted while it was being encoded: after "muted" nobody gets a picture.
            guard !pump.isMuted(.camera) else { throw noPicture }
            let age = Duration.seconds(max(0, (MediaTime.now() - frame.time).seconds))
            sink.reply(.snapshot(Snapshot(jpeg: jpeg, width: width, height: height, age: age)), to: re)
        case .reload:
            guard let reload else {
                throw StatusError(.unavailable, "the daemon is stopping: there is nothing to reload", reason: "STOPPING")
            }
            let said = await reload()
            if let reloadProblem { throw StatusError(.failedPrecondition, reloadProblem, reason: "NOT_RELOADED") }
            sink.reply(.reloaded(said), to: re)
        case .cancel(let turn):
            let reply = await cancel(turn, from: id)
            sink.reply(reply, to: re)
        }
    }

    /// Without a turn the client's newest goes: the question that is being taken in, else the answer under way, else the media that
    /// are being taken in. Who streams pictures while it is answered means the answer.
    private func cancel(_ turn: String?, from id: ClientContext.ID) async -> Reply {
        if turn == nil, let client = clients[id], client.isAsking, let work = client.work {
            work.cancel()
            return .cancelled(turn: nil, true)
        }
        let media = turn == nil ? clients[id]?.work : nil
        let (turn, wasRunning) = await engine.cancel(turn: turn, from: id)
        guard !wasRunning, let media, clients[id]?.work == media else { return .cancelled(turn: turn, wasRunning) }
        media.cancel()
        return .cancelled(turn: nil, true)
    }

    private var noPicture: StatusError {
        let blind = engine.model.visionEncoder == nil ? engine.model.name : nil
        return StatusError(.failedPrecondition, MissingPicture.reason(pump.report(.camera), blind: blind), reason: "NO_FRAME")
    }
}

extension [QuestionPart] {
    var text: String { reduce(into: "") { if case .text(let text) = $1 { $0 += text } } }
}
