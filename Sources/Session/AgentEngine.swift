public import AgentProtocol
import Checkpoint
import Decoder
import Tools
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
    let limits: EngineLimits
    var options: StreamOptions
    var sessions: [String: AgentSession] = [:]
    var clients: [ClientContext.ID: AgentClient] = [:]
    private var departed = DepartedAllowances()
    var asks: [String: RunningAsk] = [:]
    /// Asks whose turn waits for what functions return.
    var waiting: [String: RunningAsk] = [:]
    /// Turns that are over and have calls that are not: their forks, at most `CallBook.maximumLate` a client.
    var late: [String: RunningAsk] = [:]
    /// Of calls, by their turns.
    var clocks: [String: Task<Void, Never>] = [:]
    var lastCall = 0
    let workshop: GrammarWorkshop
    var isRunningAsks = false
    /// Pieces of questions that wait to be taken in.
    var intake = IntakeOrder<CheckedContinuation<Void, Never>>()
    var isTakingIn = false
    var lastPlace = 0
    /// Handles, and clients that are away: see `AgentEngine+Resumption`.
    var resumptions: ResumptionTable<AbsentClient>
    /// Watchers that have gone, newest last: see `AgentEngine+Replay`.
    var formerWatchers: [FormerWatcher] = []
    /// Clients that have gone and whose answers ran on, newest last.
    var formerAskers: [FormerAsker] = []
    /// The number before the main session's first event: a restart goes on where no number was given yet.
    let lastSequenceAtStart: Int64
    var isStopping = false
    var lastTurn = 0
    /// Steps of asks so far, and asks begun.
    var served = 0
    public internal(set) var statistics = EngineStatistics()
    private var lastPrivateSession = 0

    /// - Parameters:
    ///   - lastSequence: the number before the main session's first event.
    ///   - thread: what the engine runs on; whoever made it stops it when the engine is no longer used.
    public init(
        model: AgentModel, options: StreamOptions, limits: EngineLimits = EngineLimits(), lastSequence: Int64 = 0, thread: EngineThread
    ) {
        lastSequenceAtStart = lastSequence
        resumptions = ResumptionTable(limits: limits.resumption)
        self.model = model
        self.options = options
        self.limits = limits
        self.thread = thread
        workshop = GrammarWorkshop(model: model)
    }

    /// Builds the main stream. Separate from `init` because it runs the model, which belongs on the engine's thread.
    public func start() {
        guard sessions[Self.mainSession] == nil else { return }
        var stream = MediaStream(model: model, options: options)
        _ = stream.takeInPrefix()
        sessions[Self.mainSession] = AgentSession(stream: stream, hub: EventHub(last: lastSequenceAtStart))
    }

    // MARK: Clients

    /// What a client that has gone is told, who does not hear it.
    private static let leftEarly = StatusError(
        .cancelled, "the client went before its setup was done: connect again", reason: "CANCELLED")

    /// Lets a client join the main session, opens a private one, or takes one up again. Where the task is cancelled nothing of it is left,
    /// and what was to be taken up again waits on.
    /// - Parameter user: whose program the client is; one user's clients leave places for the others.
    public func connect(
        _ client: ClientContext.ID, user: Principal = .user(0), setup: Setup, sink: any EventSink, server: String, features: [String]
    ) async throws(StatusError) -> SetupComplete {
        start()
        let asked = setup
        var setup = asked
        let absent = try resume(&setup, of: user)
        // Everything that can be refused comes before anything is made.
        var answers = try answerOptions(setup.generation)
        // Who asks nothing calls nothing.
        let isAsking = setup.role ?? .owner >= .participant
        var rules = AnswerRules()
        if isAsking, !setup.functions.isEmpty || setup.generation.form != .text {
            rules = try await workshop.rules(functions: setup.functions, form: setup.generation.form)
        }
        let declarations = try declarations(rules.declarations)
        // A shared stream's prefix belongs to all.
        let isShared = (absent?.client.session ?? setup.attach) == Self.mainSession
        let prefix = isShared ? try await prefix(declaring: rules.declarations, in: Self.mainSession, of: user) : nil
        let instruction = model.follows(setup) ? setup.systemInstruction?.text ?? "" : ""
        // A text to tokenise, a stream to make: users in turn, so that no crowd of setups comes between an answer's steps.
        if !instruction.isEmpty || !isShared { await intakeTurn(of: user) }
        guard !Task.isCancelled else { throw Self.leftEarly }
        let instructionRows = try rows(ofInstruction: instruction)
        let watch = try standingInstruction(setup, instruction, user)
        if let other = setup.attach, absent == nil, !isShared {
            throw StatusError(.notFound, SessionError.unknownSession(other).description, reason: "UNKNOWN_SESSION")
        }
        var ownStream: PrivateStream?
        if !isShared {
            let stream = PrivateStream(
                setup, over: options, model: model, instruction: watch == nil ? instruction : "", declarations: declarations)
            ownStream = stream
            if stream.options.thinks { answers.think(as: setup.generation.thinking) }
        }
        let (name, former): (String, AgentClient?)
        if let absent {
            let client = try takeBack(absent, as: client, of: user)
            (name, former) = (client.session, client)
        } else {
            let own = try ownStream.map { stream throws(StatusError) in
                try openPrivateSession(for: client, of: user, options: stream.options)
            }
            (name, former) = (own ?? Self.mainSession, nil)
        }
        // A private session's own instruction stands in its prefix; one that comes with a handle is said before the questions.
        let isSaidBefore = watch == nil && (isShared || former != nil && instruction != sessions[name]?.stream.system)
        clients[client] = AgentClient(
            session: name, setup: setup, user: user, answers: answers, instruction: isSaidBefore ? instructionRows : QuestionRows(),
            proactivity: setup.proactivity, watch: watch,
            interruptions: departed.take(of: user, at: .now)
                ?? InterruptionAllowance(atOnce: limits.interruptionsAtOnce, perSecond: limits.interruptionsPerSecond),
            rules: rules, prefix: prefix, runsOn: setup.runsOn, isBack: setup.runsOn && setup.after != nil)
        if let absent, let former {
            clients[client]?.history = former.history
            clients[client]?.pending = former.pending
            clients[client]?.former = (former.former + [absent.id]).suffix(AgentClient.formerLimit)
        }
        let next: Int64
        do throws(StatusError) {
            next = try sessions[name]?.hub.add(client, sink: sink, at: place(of: client, setup)) ?? 1
        } catch {
            disconnect(client)
            throw error
        }
        // Step by step, as a question is: a long instruction holds nobody up.
        if former == nil {
            while !Task.isCancelled, sessions[name]?.stream.takeInPrefix(Ask.rowsPerStep) == false { await Task.yield() }
        } else if !isShared {
            await redeclare(declarations ?? MarkedText(), in: name, by: client)
        }
        guard !Task.isCancelled, clients[client] != nil else {
            disconnect(client)
            throw Self.leftEarly
        }
        // What was spoken before the connection was lost is answered now.
        if former != nil { answerSpokenTurn(in: name) }
        var complete = SetupComplete(sessionID: name, server: server, features: features, next: next)
        complete.ignored = SetupRemarks.of(setup, given: answers, transcribes: options.transcribes, stream: ownStream)
        if setup.systemInstruction != nil, !model.follows(setup) { complete.ignored.append("setup.\(SetupRemarks.unfollowed)") }
        complete.ignored += SetupRemarks.ofAnswers(setup, isAsking: isAsking, isWatching: watch != nil)
        complete.ignored += SetupRemarks.ofResumption(asked, of: isShared ? nil : former?.setup, isOn: resumptions.limits.isOn)
        return complete
    }

    /// The system instruction of a client that welcomes unsolicited turns is a watch: it is asked when the stream moved on,
    /// and is no part of the client's own questions.
    private func standingInstruction(_ setup: Setup, _ instruction: String, _ user: Principal) throws(StatusError) -> StandingInstruction? {
        guard setup.isProactive, instruction.contains(where: { !$0.isWhitespace }) else { return nil }
        guard setup.role ?? .owner >= .participant else {
            throw StatusError(
                .permissionDenied, "an observer gives no standing instruction: leave out systemInstruction, or connect as a participant",
                reason: "OBSERVER")
        }
        let watching = clients.values.filter { $0.watch != nil }
        guard watching.count < limits.watches else {
            throw StatusError(
                .resourceExhausted, SessionError.tooManyWatches(limit: limits.watches).description, reason: "TOO_MANY_WATCHES")
        }
        try requirePlace(watching.count { $0.user == user }, of: limits.watches, "standing instructions", "[stream] max_watches")
        return StandingInstruction(instruction: instruction)
    }

    private func openPrivateSession(
        for client: ClientContext.ID, of user: Principal, options: StreamOptions
    ) throws(StatusError) -> String {
        try requirePrivatePlace(of: user)
        lastPrivateSession += 1
        let name = "s\(lastPrivateSession)"
        sessions[name] = AgentSession(stream: MediaStream(model: model, options: options), owner: client)
        return name
    }

    /// Those of clients that are away do not count: who may never come back keeps nobody out.
    func requirePrivatePlace(of user: Principal) throws(StatusError) {
        guard sessions.count - 1 - resumptions.count(where: { $0.client.session != Self.mainSession }) < limits.privateSessions else {
            throw StatusError(
                .resourceExhausted, SessionError.tooManySessions(limit: limits.privateSessions).description, reason: "TOO_MANY_SESSIONS")
        }
        let own = clients.values.count { $0.session != Self.mainSession && $0.user == user }
        try requirePlace(own, of: limits.privateSessions, "private sessions", "[live] max_private_sessions")
    }

    /// - Parameter taken: places that this user holds.
    func requirePlace(_ taken: Int, of places: Int, _ what: String, _ setting: String) throws(StatusError) {
        let share = EngineLimits.share(of: places)
        guard taken >= share else { return }
        throw StatusError(
            .resourceExhausted, SessionError.tooManyOfOneUser(what: what, share: share, limit: places, setting: setting).description,
            reason: "TOO_MANY_OF_ONE_USER")
    }

    /// Stops what only this client wanted. What may be taken up again is kept.
    public func disconnect(_ client: ClientContext.ID) {
        guard let leaving = clients[client] else { return }
        let isPrivate = leaving.session != Self.mainSession
        func isOurs(_ ask: RunningAsk) -> Bool {
            ask.client == client || ask.watcher == client || isPrivate && ask.session == leaving.session
        }
        // While it is still known, so that it is told of it if it comes back.
        for (turn, running) in waiting.merging(late, uniquingKeysWith: { $1 }).sorted(by: { $0.value.number < $1.value.number })
        where isOurs(running) { cancelCalls(of: turn, running) }
        guard var gone = clients.removeValue(forKey: client) else { return }
        // A turn that waits for what its client runs would wait in vain.
        let inVain = Set(waiting.values.map(\.number))
        func runsOn(_ ask: RunningAsk) -> Bool { gone.runsOn && !isPrivate && ask.client == client && !inVain.contains(ask.number) }
        // What nobody can end any more comes to its end.
        for ask in asks.values where runsOn(ask) { gone.interruptions.ended() }
        departed.leave(gone.interruptions, of: gone.user, at: .now)
        remember(formerWatcher: client, gone)
        remember(formerAsker: client, gone)
        end(reason: .cancelled) { isOurs($0) && !runsOn($0) }
        dropLate(where: isOurs)
        sessions[gone.session]?.hub.remove(client)
        park(client, gone)
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
}
