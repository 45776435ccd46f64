import AgentProtocol
import Decoder
import Interleaver
import Tools

/// What is kept of a client that is away: who it was, and what it had said and heard. Its private session stays where it is.
struct AbsentClient {
    let id: ClientContext.ID
    var client: AgentClient
}

/// Clients that come back: handles are given after turns, and whoever shows one goes on in the same session.
extension AgentEngine {
    /// Handles of the main session have their event's number between this and the random part: over a restart that alone is good.
    private static let mainPrefix = "main-"
    private static let randomDigits = 64

    private static let unknownHandle = StatusError(
        .notFound,
        "setup.sessionResumption.handle is not known: it was never given to this user, or its client was away too long, or others needed the "
            + "place; leave it out for a new session", reason: "UNKNOWN_HANDLE")

    private static let isComingBack = StatusError(
        .unavailable, "another connection came back with this handle at the same moment: try again", reason: "NOT_POSSIBLE_NOW")

    private static let takenOver = StatusError(
        .cancelled, "another connection resumed this session: go on with that one", reason: "SESSION_RESUMED")

    // MARK: Handles

    /// Tells a client its newest handle. One that still reads what it missed gets none: it would skip what has not come yet.
    func offerHandle(to id: ClientContext.ID) {
        guard resumptions.limits.isOn, let client = clients[id], client.setup.resumption != nil, let hub = sessions[client.session]?.hub,
            hub.isUpToDate(id)
        else { return }
        let prefix = client.session == Self.mainSession ? "\(Self.mainPrefix)\(hub.lastSequence)-" : ""
        let handle = resumptions.issue(to: id, of: client.user, at: hub.lastSequence, prefix: prefix)
        hub.sink(of: id)?.send(.sessionResumptionUpdate(handle: handle))
    }

    /// A turn is over: those it was told to may come back to what follows it.
    func offerHandles(after running: RunningAsk) {
        switch running.purpose {
        case .answer(let client), .watch(let client, _): offerHandle(to: client)
        case .spokenAnswer: offerHandles(in: running.session)
        case .transcript, .guess, .notice: break
        }
    }

    func offerHandles(in name: String) {
        guard resumptions.limits.isOn else { return }
        for id in clients.keys where clients[id]?.session == name { offerHandle(to: id) }
    }

    // MARK: Coming back

    /// What a handle stands for: the client, which is away from now on, and a setup that says again what the new one leaves out.
    /// - Returns: nil: a new client, with the setup as it is now.
    func resume(_ setup: inout Setup, of user: Principal) throws(StatusError) -> AbsentClient? {
        guard let handle = setup.resumption?.handle else { return nil }
        giveUp(resumptions.expire())
        guard let (id, sequence) = resumptions.find(handle, of: user) else {
            // From before this start: what it grants everyone has who may join.
            guard let sequence = Self.mainSequence(of: handle), sequence <= lastSequenceAtStart, resumptions.limits.isOn else {
                throw Self.unknownHandle
            }
            try requireSession(Self.mainSession, of: setup)
            setup.attach = Self.mainSession
            setup.after = setup.after ?? sequence
            return nil
        }
        guard let session = clients[id]?.session ?? resumptions.peek(id)?.client.session, let hub = sessions[session]?.hub else {
            throw Self.unknownHandle
        }
        try requireSession(session, of: setup)
        if let after = setup.after, after > hub.lastSequence { throw EventHub.future(after, last: hub.lastSequence) }
        if clients[id] != nil {
            // The connection that it had is lost, and nobody has noticed yet; or the client is faster than its own end.
            let sink = hub.sink(of: id)
            disconnect(id)
            sink?.close(Self.takenOver)
        }
        guard let absent = resumptions.peek(id) else { throw Self.unknownHandle }
        setup = setup.resuming(absent.client.setup, isShared: session == Self.mainSession)
        setup.after = setup.after ?? sequence
        return absent
    }

    private func requireSession(_ session: String, of setup: Setup) throws(StatusError) {
        guard let attach = setup.attach, attach != session else { return }
        throw StatusError(
            .invalidArgument,
            "setup.sessionResumption.handle is of the session \"\(session)\", and the setup is to join \"\(attach)\": leave one of the two out",
            reason: "OTHER_SESSION")
    }

    private static func mainSequence(of handle: String) -> Int64? {
        let parts = handle.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, "\(parts[0])-" == mainPrefix, parts[2].count == randomDigits, let number = Int64(parts[1]), number >= 0
        else {
            return nil
        }
        return number
    }

    /// What was kept of a client is its own again, under its new name.
    /// - Throws: where there is no place for its session, or it was given up meanwhile. What is there stays for another attempt.
    func takeBack(_ absent: AbsentClient, as client: ClientContext.ID, of user: Principal) throws(StatusError) -> AgentClient {
        let session = absent.client.session
        guard resumptions.peek(absent.id) != nil else { throw Self.isComingBack }
        if session != Self.mainSession { try requirePrivatePlace(of: user) }
        guard let kept = resumptions.resume(absent.id, as: client) else { throw Self.isComingBack }
        if session != Self.mainSession { sessions[session]?.owner = client }
        return kept.client
    }

    /// The functions of a client that is back, in the system turn of its session, step by step.
    func redeclare(_ declarations: MarkedText, in name: String, by client: ClientContext.ID) async {
        guard sessions[name]?.stream.declarations != declarations,
            var draft = sessions[name]?.stream.draftPrefix(declarations: declarations)
        else { return }
        while !Task.isCancelled, clients[client] != nil, !draft.step(Ask.rowsPerStep) { await Task.yield() }
        guard !Task.isCancelled, clients[client] != nil else { return }
        sessions[name]?.stream.take(draft)
    }

    // MARK: Going

    /// A client went: it may come back if it has a handle. What nobody comes back to is given up.
    func park(_ id: ClientContext.ID, _ client: AgentClient) {
        var client = client
        client.watch = nil
        giveUp(resumptions.park(id, of: client.user, AbsentClient(id: id, client: client)))
    }

    /// Those who were away too long, or were the oldest of too many, cannot come back.
    func giveUp(_ absent: [AbsentClient]) {
        for gone in absent where gone.client.session != Self.mainSession { sessions[gone.client.session] = nil }
    }
}

extension Setup {
    /// What this one leaves out is as the one before had it.
    /// - Parameter isShared: of the main session; a private one's stream stays what it was made as, whatever this one says.
    func resuming(_ former: Setup, isShared: Bool) -> Setup {
        var setup = self
        setup.generation.temperature = generation.temperature ?? former.generation.temperature
        setup.generation.topP = generation.topP ?? former.generation.topP
        setup.generation.topK = generation.topK ?? former.generation.topK
        setup.generation.maxOutputTokens = generation.maxOutputTokens ?? former.generation.maxOutputTokens
        setup.generation.seed = generation.seed ?? former.generation.seed
        let says = resumption?.says ?? []
        if generation.form == .text, !says.contains(.answerForm) { setup.generation.form = former.generation.form }
        setup.systemInstruction = systemInstruction ?? former.systemInstruction
        if functions.isEmpty, !says.contains(.tools) { setup.functions = former.functions }
        if !isProactive, !says.contains(.proactivity) { setup.proactivity = former.proactivity }
        guard !isShared else {
            setup.attach = AgentEngine.mainSession
            return setup
        }
        setup.generation.mediaResolution = former.generation.mediaResolution
        setup.generation.thinking = former.generation.thinking
        setup.realtimeInput = former.realtimeInput
        setup.compression = former.compression
        return setup
    }
}

extension AgentClient {
    /// - Parameter mark: what stands in the place of an answer.
    mutating func forgetAnswers(restingOn sense: StreamModality, _ mark: InputRows) {
        for index in history.indices where history[index].senses.contains(sense) {
            history[index].answer = mark
            history[index].isOpen = false
            history[index].senses.remove(sense)
        }
    }
}
