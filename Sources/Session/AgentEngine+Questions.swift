public import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import VisionEncoder

/// What clients ask.
extension AgentEngine {
    /// Appends to what the client will ask; without `complete` it waits for more.
    ///
    /// Other jobs of the engine come between two pieces, so that a mute waits for one at most.
    public func append(_ parts: [QuestionPart], from client: ClientContext.ID) async throws(StatusError) {
        guard let asker = clients[client] else { return }
        let rows = try await rows(of: parts, after: asker.instruction.count + asker.pending.count, from: client)
        clients[client]?.pending.append(rows)
    }

    /// Whether a client said something that it has not asked yet.
    public func hasSaid(_ client: ClientContext.ID) -> Bool { clients[client]?.pending.isBlank == false }

    /// A finished exchange from before this connection: the client tells what was asked and answered.
    public func appendHistory(question: String, answer: String, from client: ClientContext.ID) async throws(StatusError) {
        guard let user = clients[client]?.user else { return }
        await intakeTurn(of: user)
        var rows = InputRows.text(try tokens(of: question, said: .history))
        rows.append(.text(model.format.endOfQuestion))
        let text = try tokens(of: answer, said: .history)
        remember(Exchange(question: rows, answer: .text(text + model.format.endOfAnswer)), of: client)
    }

    /// Starts the answer to what the client has said; an answer of it that is still running is interrupted.
    /// - Returns: the turn's id. Its events follow on the session's hub.
    @discardableResult
    public func ask(_ parts: [QuestionPart], from client: ClientContext.ID, re: RequestID?, sink: any EventSink) async throws(StatusError)
        -> String
    {
        let arrival = ContinuousClock.now
        try requirePlaceToAsk(client)
        try spendInterruption(of: client, at: arrival)
        let saidBefore = clients[client]?.pending ?? QuestionRows()
        try await append(parts, from: client)
        // Between its pieces others may have asked.
        do throws(StatusError) { try requirePlaceToAsk(client) } catch {
            clients[client]?.pending = saidBefore
            throw error
        }
        guard clients[client]?.pending.isEmpty != true else {
            throw StatusError(.invalidArgument, SessionError.emptyQuestion.description, reason: "EMPTY_QUESTION")
        }
        let turn = try answer(client, arrival: arrival)
        sink.reply(.accepted, to: re, turn: turn)
        runAsks()
        return turn
    }

    /// Starts the answer to what the client has said, in the place of the one under way.
    /// - Returns: the turn's id; the steps are `runAsks`' work.
    func answer(_ client: ClientContext.ID, arrival: ContinuousClock.Instant) throws(StatusError) -> String {
        guard let asker = clients[client] else { throw Self.withoutSession }
        end(reason: .interrupted) { $0.client == client }
        let sampler: Sampler
        do {
            sampler = try Sampler(asker.answers.sampling)
        } catch {
            throw StatusError(.invalidArgument, "\(error)", reason: "INVALID_SAMPLING")
        }
        guard let fork = sessions[asker.session]?.stream.fork() else { throw Self.withoutSession }
        var said = asker.instruction
        said.append(asker.pending)
        var question = said.rows(model.format, stamp: fork.stamp)
        question.append(.text(model.format.endOfQuestion))
        guard
            let turn = start(
                in: asker.session, on: fork, history: history(of: asker),
                historySenses: asker.history.reduce(into: []) { $0.formUnion($1.senses) }, question: question, sampler: sampler,
                maximumTokens: asker.answers.maximumTokens, purpose: .answer(client), arrival: arrival)
        else { throw Self.withoutSession }
        clients[client]?.pending = QuestionRows()
        return turn
    }

    func spendInterruption(of client: ClientContext.ID, at now: ContinuousClock.Instant) throws(StatusError) {
        guard let wait = clients[client]?.interruptions.begin(at: now) else { return }
        statistics.refusedInterruptions += 1
        throw StatusError(
            .resourceExhausted, SessionError.tooManyInterruptions(wait: .seconds((wait.inSeconds * 10).rounded(.up) / 10)).description,
            reason: "TOO_MANY_INTERRUPTIONS")
    }

    func requirePlaceToAsk(_ client: ClientContext.ID) throws(StatusError) {
        guard !isStopping else {
            throw StatusError(.unavailable, "the daemon is stopping: ask again when it is back", reason: "STOPPING")
        }
        guard let user = clients[client]?.user else { throw Self.withoutSession }
        let under = Array(asks.values) + Array(waiting.values)
        let own = under.count { $0.client == client }
        guard answersUnderWay - own < limits.asks else {
            throw StatusError(.resourceExhausted, SessionError.tooManyAsks(limit: limits.asks).description, reason: "TOO_MANY_ASKS")
        }
        let others = under.count { ask in ask.client.map { $0 != client && self.user(asking: $0) == user } ?? false }
        try requirePlace(others, of: limits.asks, "questions that are being answered", "[stream] max_asks")
    }

    /// The client's earlier exchanges, up to the head of its next turn.
    func history(of client: AgentClient) -> InputRows {
        var history = InputRows()
        for exchange in client.history {
            let answer = model.recalled(exchange.answer)
            guard answer.count > 0 || exchange.answer.count == 0 else { continue }
            history.append(exchange.question)
            history.append(answer)
            // A call that never got its response.
            if exchange.isOpen { history.append(.text(model.format.endOfAnswer)) }
            history.append(.text(model.format.nextTurn))
        }
        return history
    }

    static var withoutSession: StatusError {
        StatusError(.failedPrecondition, SessionError.noSession.description, reason: "NO_SESSION")
    }

    /// - Parameter turn: nil for the client's newest.
    /// - Returns: the turn, and whether it was running.
    public func cancel(turn: String?, from client: ClientContext.ID) -> (turn: String?, wasRunning: Bool) {
        let all = asks.merging(waiting) { $1 }
        let turn = turn ?? all.filter { $0.value.client == client }.max { $0.value.number < $1.value.number }?.key
        // Of a turn that is over its calls, if they are not.
        if let turn, let ask = late[turn], toolOwner(of: ask) == client {
            dropLate(turn, of: client)
            return (turn, true)
        }
        guard let turn, let ask = all[turn], ask.client == client else { return (turn, false) }
        end(turn, reason: .cancelled)
        answerSpokenTurn(in: ask.session)
        sayNext(to: client)
        return (turn, true)
    }

    /// - Parameter used: rows that the question has already; pictures are encoded only while there is room for them.
    private func rows(of parts: [QuestionPart], after used: Int, from client: ClientContext.ID) async throws(StatusError) -> QuestionRows {
        var rows = QuestionRows()
        for part in parts {
            guard let user = clients[client]?.user else { throw Self.withoutSession }
            await intakeTurn(of: user)
            guard clients[client] != nil else { throw Self.withoutSession }
            if Task.isCancelled {
                throw StatusError(.cancelled, "the message was given up before it was taken in", reason: "CANCELLED")
            }
            switch part {
            case .text(let text):
                rows.append(text, try tokens(of: text, said: .question, after: used + rows.count))
            case .image(let image):
                guard let encoder = model.visionEncoder else {
                    throw StatusError(.failedPrecondition, SessionError.cannotSee(model: model.name).description, reason: "NO_VISION")
                }
                let budget = encoder.configuration.imageSoftTokenBudget
                let tokens = used + rows.count
                guard tokens + budget <= limits.questionTokens else {
                    throw Self.tooLong(.noRoomForPicture(tokens: tokens, picture: budget, limit: limits.questionTokens))
                }
                do {
                    rows.append(picture: model.format.image(try encoder.encode(image, softTokens: budget).tokens))
                } catch {
                    throw StatusError(.invalidArgument, error.description, reason: "UNSUPPORTED_IMAGE")
                }
            }
            try requireRoom(for: used + rows.count, before: used, said: .question)
        }
        return rows
    }

    /// Waits until a piece of a user's may be taken in; the caller does that without waiting for anything. A task that is
    /// cancelled waits no longer: what it wanted is no piece any more.
    func intakeTurn(of user: Principal) async {
        lastPlace += 1
        let number = lastPlace
        await withTaskCancellationHandler {
            await withCheckedContinuation { place in
                guard !Task.isCancelled else { return place.resume() }
                intake.add(place, of: user, number: number)
                runIntake()
            }
        } onCancel: {
            Task { await self.leaveIntake(number) }
        }
    }

    private func leaveIntake(_ number: Int) { intake.remove(number)?.resume() }

    /// Lets the pieces in, one at a time: between two of them whatever waits for the engine has its turn, a step of an answer too.
    private func runIntake() {
        guard !isTakingIn else { return }
        isTakingIn = true
        Task {
            while let next = intake.next() {
                next.resume()
                await Task.yield()
            }
            isTakingIn = false
        }
    }

    /// A token has up to some 16 bytes; text that cannot fit is refused before it is tokenised.
    /// - Parameter used: tokens that were said before it.
    func tokens(of text: String, said: SessionError.Said, after used: Int = 0) throws(StatusError) -> [Int32] {
        let bytes = text.utf8.count
        guard used + bytes / 16 <= limits.questionTokens else {
            throw Self.tooLong(.tooManyBytes(said, bytes: bytes, limit: limits.questionTokens))
        }
        return model.format.plain(text)
    }

    func requireRoom(for rows: Int, before used: Int = 0, said: SessionError.Said) throws(StatusError) {
        guard rows > limits.questionTokens else { return }
        throw Self.tooLong(.tooManyTokens(said, tokens: rows, before: used, limit: limits.questionTokens))
    }

    private static func tooLong(_ error: SessionError) -> StatusError {
        StatusError(.invalidArgument, error.description, reason: "TOO_LONG")
    }

    func remember(_ exchange: Exchange, of client: ClientContext.ID) {
        // What is said of a late response takes the place of the call alone.
        if let turn = exchange.turn { clients[client]?.history.removeAll { $0.turn == turn } }
        clients[client]?.history.append(exchange)
        while let history = clients[client]?.history, history.reduce(0, { $0 + $1.count }) > options.historyTokens {
            clients[client]?.history.removeFirst()
        }
    }

    /// Takes away the answers that rest on a sense; a mark stands in their place.
    func forgetAnswers(restingOn sense: StreamModality, in session: String) {
        let mark = InputRows.text(model.format.answer(sense == .audio ? "(microphone off)" : "(camera off)"))
        for id in clients.keys where clients[id]?.session == session { clients[id]?.forgetAnswers(restingOn: sense, mark) }
        // Those who may come back, too.
        resumptions.change { if $0.client.session == session { $0.client.forgetAnswers(restingOn: sense, mark) } }
    }
}
