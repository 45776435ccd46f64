public import AgentProtocol
import Checkpoint
import Decoder
public import Interleaver
public import Media
import VisionEncoder

/// The only owner of model state: all streams and all questions, on one thread.
///
/// Its mailbox is the scheduler. Taking in one media item and making one step of one answer are separate jobs of this
/// actor, each without `await`, so they take turns: the stream grows while answers are written, several clients are
/// answered at once, and a cancellation or a new question waits for one step at most.
public actor AgentEngine {
    /// The session of this machine's own microphone and camera.
    public static let mainSession = "main"

    private nonisolated let thread: EngineThread
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    public nonisolated let model: AgentModel
    private let limits: EngineLimits
    private var options: StreamOptions
    private var sessions: [String: AgentSession] = [:]
    private var clients: [ClientContext.ID: AgentClient] = [:]
    private var asks: [String: RunningAsk] = [:]
    private var isRunningAsks = false
    private var isStopping = false
    private var lastTurn = 0
    private var lastPrivateSession = 0

    /// - Parameter thread: what the engine runs on; whoever made it stops it when the engine is no longer used.
    public init(model: AgentModel, options: StreamOptions, limits: EngineLimits = EngineLimits(), thread: EngineThread) {
        self.model = model
        self.options = options
        self.limits = limits
        self.thread = thread
    }

    /// Builds the main stream. Separate from `init` because it runs the model, which belongs on the engine's thread.
    public func start() {
        guard sessions[Self.mainSession] == nil else { return }
        sessions[Self.mainSession] = AgentSession(stream: MediaStream(model: model, options: options))
    }

    // MARK: Clients

    /// Lets a client join the main session, or opens a private one.
    public func connect(
        _ client: ClientContext.ID, setup: Setup, sink: any EventSink, server: String, features: [String]
    ) throws(StatusError) -> SetupComplete {
        start()
        // Everything that can be refused comes before anything is made.
        let answers = try answerOptions(setup.generation)
        let instruction = setup.systemInstruction?.text ?? ""
        let instructionRows = InputRows.text(instruction.isEmpty ? [] : try tokens(of: instruction + "\n"))
        try requireRoom(for: instructionRows.count)
        let name: String
        switch setup.attach {
        case Self.mainSession?:
            name = Self.mainSession
        case let other?:
            throw StatusError(.notFound, SessionError.unknownSession(other).description, reason: "UNKNOWN_SESSION")
        case nil:
            name = try openPrivateSession(for: client, setup: setup, instruction: instruction)
        }
        clients[client] = AgentClient(
            session: name, answers: answers, instruction: name == Self.mainSession ? instructionRows : InputRows(),
            wantsTranscripts: setup.topics.contains(.transcription))
        let next = sessions[name]?.hub.add(client, sink: sink) ?? 1
        return SetupComplete(sessionID: name, server: server, features: features, next: next)
    }

    private func openPrivateSession(for client: ClientContext.ID, setup: Setup, instruction: String) throws(StatusError) -> String {
        guard sessions.count - 1 < limits.privateSessions else {
            throw StatusError(
                .resourceExhausted, SessionError.tooManySessions(limit: limits.privateSessions).description, reason: "TOO_MANY_SESSIONS")
        }
        lastPrivateSession += 1
        let name = "s\(lastPrivateSession)"
        var own = options
        if !instruction.isEmpty { own.system = instruction }
        own.activity = ActivityParametersOverlay.apply(setup.realtimeInput, to: own.activity)
        sessions[name] = AgentSession(stream: MediaStream(model: model, options: own), owner: client)
        return name
    }

    /// Stops what only this client wanted.
    public func disconnect(_ client: ClientContext.ID) {
        guard let gone = clients.removeValue(forKey: client) else { return }
        for (turn, ask) in asks where ask.client == client { end(turn, reason: .cancelled) }
        sessions[gone.session]?.hub.remove(client)
        if gone.session != Self.mainSession { sessions[gone.session] = nil }
    }

    private func answerOptions(_ generation: GenerationConfig) throws(StatusError) -> AnswerOptions {
        var sampling = options.sampling
        if let temperature = generation.temperature { sampling.temperature = temperature }
        if let topK = generation.topK { sampling.topK = topK }
        if let topP = generation.topP { sampling.topP = topP }
        if let seed = generation.seed { sampling.seed = UInt64(bitPattern: seed) }
        do {
            try sampling.validate()
        } catch {
            throw StatusError(.invalidArgument, "generationConfig: \(error)", reason: "INVALID_SAMPLING")
        }
        let most = options.maximumAnswerTokens
        return AnswerOptions(sampling: sampling, maximumTokens: min(max(1, generation.maxOutputTokens ?? most), most))
    }

    // MARK: Questions

    /// Appends to what the client will ask; without `complete` it waits for more.
    public func append(_ parts: [QuestionPart], from client: ClientContext.ID) throws(StatusError) {
        guard let asker = clients[client] else { return }
        let rows = try rows(of: parts, after: asker.instruction.count + asker.pending.count)
        clients[client]?.pending.append(rows)
    }

    /// A finished exchange from before this connection: the client tells what was asked and answered.
    public func appendHistory(question: String, answer: String, from client: ClientContext.ID) throws(StatusError) {
        var rows = InputRows.text(try tokens(of: question))
        rows.append(.text(model.format.question("")))
        rows.append(.text(try tokens(of: answer)))
        rows.append(.text(model.format.answer("")))
        remember(rows, of: client)
    }

    /// Starts the answer to what the client has said; an answer of it that is still running is interrupted.
    /// - Returns: the turn's id. Its events follow on the session's hub.
    @discardableResult
    public func ask(_ parts: [QuestionPart], from client: ClientContext.ID, re: RequestID?, sink: any EventSink) throws(StatusError)
        -> String
    {
        let arrival = ContinuousClock.now
        guard !isStopping else {
            throw StatusError(.unavailable, "the daemon is stopping: ask again when it is back", reason: "STOPPING")
        }
        let own = asks.filter { $0.value.client == client }.keys
        guard asks.count - own.count < limits.asks else {
            throw StatusError(.resourceExhausted, SessionError.tooManyAsks(limit: limits.asks).description, reason: "TOO_MANY_ASKS")
        }
        try append(parts, from: client)
        guard let asker = clients[client], let session = sessions[asker.session] else {
            throw StatusError(.failedPrecondition, SessionError.unknownSession("of this client").description)
        }
        guard !asker.pending.isEmpty else {
            throw StatusError(.invalidArgument, SessionError.emptyQuestion.description, reason: "EMPTY_QUESTION")
        }
        for turn in own { end(turn, reason: .interrupted) }
        let sampler: Sampler
        do {
            sampler = try Sampler(asker.answers.sampling)
        } catch {
            throw StatusError(.invalidArgument, "\(error)", reason: "INVALID_SAMPLING")
        }
        var question = asker.instruction
        question.append(asker.pending)
        question.append(.text(model.format.question("")))
        var history = InputRows()
        for exchange in asker.history {
            history.append(exchange.rows)
            history.append(.text(model.format.nextTurn))
        }
        let turn = start(
            session: session, history: history, question: question, sampler: sampler, maximumTokens: asker.answers.maximumTokens,
            purpose: .answer(client), arrival: arrival)
        clients[client]?.pending = InputRows()
        sink.reply(.accepted, to: re, turn: turn)
        runAsks()
        return turn
    }

    /// - Parameter turn: nil for the client's newest.
    /// - Returns: the turn, and whether it was running.
    public func cancel(turn: String?, from client: ClientContext.ID) -> (turn: String?, wasRunning: Bool) {
        let turn = turn ?? asks.filter { $0.value.client == client }.max { $0.value.number < $1.value.number }?.key
        guard let turn, let ask = asks[turn], ask.client == client else { return (turn, false) }
        end(turn, reason: .cancelled)
        return (turn, true)
    }

    /// - Parameter used: rows that the question has already; pictures are encoded only while there is room for them.
    private func rows(of parts: [QuestionPart], after used: Int) throws(StatusError) -> InputRows {
        var rows = InputRows()
        for part in parts {
            switch part {
            case .text(let text):
                rows.append(.text(try tokens(of: text)))
            case .image(let image):
                guard let encoder = model.visionEncoder else {
                    throw StatusError(.failedPrecondition, SessionError.cannotSee(model: model.name).description, reason: "NO_VISION")
                }
                let budget = encoder.configuration.imageSoftTokenBudget
                try requireRoom(for: used + rows.count + budget)
                do {
                    rows.append(model.format.image(try encoder.encode(image, softTokens: budget).tokens))
                } catch {
                    throw StatusError(.invalidArgument, error.description, reason: "UNSUPPORTED_IMAGE")
                }
            }
            try requireRoom(for: used + rows.count)
        }
        return rows
    }

    /// A token has up to some 16 bytes; text that cannot fit is refused before it is tokenised.
    private func tokens(of text: String) throws(StatusError) -> [Int32] {
        try requireRoom(for: text.utf8.count / 16)
        return model.format.plain(text)
    }

    private func requireRoom(for rows: Int) throws(StatusError) {
        guard rows > limits.questionTokens else { return }
        throw StatusError(
            .invalidArgument, SessionError.questionTooLong(tokens: rows, limit: limits.questionTokens).description, reason: "TOO_LONG")
    }

    private func remember(_ rows: InputRows, of client: ClientContext.ID) {
        clients[client]?.history.append(Exchange(rows: rows))
        while let history = clients[client]?.history, history.reduce(0, { $0 + $1.rows.count }) > options.historyTokens {
            clients[client]?.history.removeFirst()
        }
    }

    private func start(
        session: AgentSession, history: InputRows, question: InputRows, sampler: Sampler, maximumTokens: Int, purpose: RunningAsk.Purpose,
        arrival: ContinuousClock.Instant
    ) -> String {
        lastTurn += 1
        let turn = "t\(lastTurn)"
        let fork = session.stream.fork()
        var rows = fork.media
        rows.append(history)
        rows.append(question)
        let ask = Ask(
            cache: fork.cache, rows: rows, stopTokens: model.format.stopTokens, maximumTokens: maximumTokens, sampler: sampler,
            detokenizer: StreamingDetokenizer(model.tokenizer))
        asks[turn] = RunningAsk(
            ask: ask, number: lastTurn, purpose: purpose, hub: session.hub, question: question,
            usage: session.stream.usage(questionRows: rows.count), evidence: session.stream.evidence(now: .now()), arrival: arrival)
        return turn
    }

    /// Steps all turns, one step of one turn at a time, until none is left. Yielding after each lets the actor take a
    /// media item in between, however many turns there are.
    private func runAsks() {
        guard !isRunningAsks else { return }
        isRunningAsks = true
        Task {
            var last = 0
            while let next = nextAsk(after: last) {
                last = next.number
                _ = step(next.turn)
                await Task.yield()
            }
            isRunningAsks = false
        }
    }

    /// Turns take turns in the order of their numbers.
    private func nextAsk(after number: Int) -> (turn: String, number: Int)? {
        let waiting = asks.map { (turn: $0.key, number: $0.value.number) }
        return waiting.filter { $0.number > number }.min { $0.number < $1.number } ?? waiting.min { $0.number < $1.number }
    }

    private func step(_ turn: String) -> Bool {
        guard var running = asks[turn] else { return false }
        let progress = running.ask.step(model.decoder)
        if running.firstToken == nil, case .delta = progress { running.firstToken = ContinuousClock.now - running.arrival }
        asks[turn] = running
        switch progress {
        case .prefilled:
            return true
        case .delta(let text):
            if !text.isEmpty, case .answer = running.purpose { running.hub.publish(.modelTurn(text: text), turn: turn) }
            return true
        case .finished(let reason):
            finish(turn, running, reason)
            return false
        }
    }

    private func finish(_ turn: String, _ running: RunningAsk, _ reason: Ask.Reason) {
        asks[turn] = nil
        switch running.purpose {
        case .answer(let client):
            var exchange = running.question
            exchange.append(.text(model.format.answer(running.ask.text)))
            remember(exchange, of: client)
            running.hub.publish(.generationComplete, turn: turn)
            running.hub.publish(.turnComplete(running.complete(reason == .stop ? nil : .maximumTokens)), turn: turn)
        case .transcript(let from, let to):
            let text = running.ask.text
            guard !text.isEmpty else { return }
            running.hub.publish(
                .inputTranscription(Transcription(text: text, isFinished: true, start: .seconds(from), end: .seconds(to))), source: "mic")
        }
    }

    private func end(_ turn: String, reason: TurnComplete.Reason) {
        guard let running = asks.removeValue(forKey: turn), case .answer = running.purpose else { return }
        running.hub.publish(.interrupted, turn: turn)
        running.hub.publish(.turnComplete(running.complete(reason)), turn: turn)
    }

    // MARK: Media

    public func push(_ block: AudioBlock, to session: String = mainSession) {
        sessions[session]?.stream.push(block)
    }

    public func pushAudioGap(start: MediaTime, seconds: Double, to session: String = mainSession) {
        sessions[session]?.stream.pushAudioGap(start: start, seconds: seconds)
    }

    public func push(_ frame: VideoFrame, to session: String = mainSession) {
        let dropped = sessions[session]?.stream.push(frame) ?? 0
        if dropped > 0 { note(.framesDropped(dropped), session) }
    }

    /// Frames that were captured and replaced by newer ones before they could be pushed.
    public func noteDroppedFrames(_ count: Int, session: String = mainSession) {
        sessions[session]?.stream.noteDroppedFrames(count)
        note(.framesDropped(count), session)
    }

    /// Whether a modality of a session delivers: the other one waits for it only then.
    public func setDelivering(_ delivering: Bool, _ modality: StreamModality, session: String = mainSession) {
        sessions[session]?.stream.setDelivering(delivering, modality: modality)
    }

    /// The sound ended here: what follows, if anything, does not continue it.
    public func endSound(session: String = mainSession) {
        sessions[session]?.stream.endSound()
    }

    /// Mute or shutter: wipes what waits, takes the modality's rows out of the cache, and takes no more of it until it is
    /// unmuted.
    public func setMuted(_ mute: Bool, _ modality: StreamModality, session: String = mainSession) {
        sessions[session]?.stream.setMuted(mute, modality)
        guard mute, modality == .audio else { return }
        // A transcript under way is of what shall be forgotten.
        for (turn, ask) in asks where ask.client == nil { asks[turn] = nil }
    }

    /// Takes in the next media item of a session.
    /// - Parameter now: the live clock; nil in a replay.
    /// - Returns: whether there was one.
    public func step(session name: String = mainSession, now: MediaTime?) -> Bool {
        guard let events = sessions[name]?.stream.step(now: now) else { return false }
        for event in events { note(event, name) }
        return true
    }

    /// The session a client is in.
    public func session(of client: ClientContext.ID) -> String? { clients[client]?.session }

    /// The hub of a session: what the daemon itself has to tell goes there.
    public func publish(_ event: AgentEvent, source: String? = nil, session: String = mainSession) {
        sessions[session]?.hub.publish(event, source: source)
    }

    /// Relative RMS error of the newest frame's soft tokens against a dense pass, which it costs; nil before the first frame.
    public func visionError(session: String = mainSession) -> Double? { sessions[session]?.stream.visionError() }

    /// The newest frame that a session's camera delivered.
    public func latestFrame(session: String = mainSession) -> VideoFrame? { sessions[session]?.stream.latestFrame }

    public func status(session: String = mainSession) -> StreamStatus? {
        guard let stream = sessions[session]?.stream else { return nil }
        return StreamStatus(
            cachedRows: stream.cache.rowCount, rowBudget: stream.options.eviction.totalRows + stream.prefixRowCount,
            cacheBytes: stream.cache.bytes, lag: stream.lag, level: stream.level, counters: stream.counters, clients: clients.count,
            runningAsks: asks.count)
    }

    /// New settings that need no restart: sampling, answer length, activity detection.
    public func reload(_ options: StreamOptions) {
        self.options.sampling = options.sampling
        self.options.maximumAnswerTokens = options.maximumAnswerTokens
        self.options.activity = options.activity
        sessions[Self.mainSession]?.stream.setActivity(options.activity)
    }

    /// Takes no new questions; those under way go on. - Returns: how many there are.
    @discardableResult
    public func refuseQuestions() -> Int {
        isStopping = true
        return asks.count
    }

    /// Ends all turns, for shutdown: each gets its interrupted and turnComplete.
    public func stop() {
        isStopping = true
        for turn in asks.keys { end(turn, reason: .cancelled) }
        asks.removeAll()
    }

    private func note(_ event: MediaStream.Event, _ name: String) {
        guard let session = sessions[name] else { return }
        for (wire, source) in event.wire { session.hub.publish(wire, source: source) }
        guard options.transcribes, case .soundEnded(speech: true, let from, let to) = event, wantsTranscripts(name),
            asks.count < limits.asks, let sampler = try? Sampler(.greedy)
        else { return }
        _ = start(
            session: session, history: InputRows(), question: .text(model.format.question("Transcribe what was just said.")),
            sampler: sampler,
            maximumTokens: options.maximumAnswerTokens, purpose: .transcript(from: from, to: to), arrival: .now)
        runAsks()
    }

    private func wantsTranscripts(_ session: String) -> Bool {
        clients.values.contains { $0.session == session && $0.wantsTranscripts }
    }
}
