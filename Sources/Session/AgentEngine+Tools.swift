package import AgentProtocol
import Checkpoint
import Decoder
import Tools

/// Functions that clients declare: they are called by the client's own answers, and what they return continues the same fork.
extension AgentEngine {
    /// Who runs the functions that an ask may call; nil: it may call none.
    func toolOwner(of purpose: RunningAsk.Purpose, in name: String) -> ClientContext.ID? {
        switch purpose {
        case .answer(let client), .watch(let client, _): client
        // What is spoken to a private session is its client's own question; the main one's belongs to nobody.
        case .spokenAnswer: sessions[name]?.owner
        case .transcript, .guess, .notice: nil
        }
    }

    func toolOwner(of running: RunningAsk) -> ClientContext.ID? { toolOwner(of: running.purpose, in: running.session) }

    // MARK: Calls

    /// An answer ended in calls: they go to whoever declared the functions, and the turn stays open, unless none of them is waited for.
    func call(_ turn: String, _ running: RunningAsk) {
        var running = running
        asks[turn] = nil
        guard let owner = toolOwner(of: running), clients[owner] != nil, let declarations = running.declarations else {
            return conclude(turn, running, nil)
        }
        var calls: [FunctionCall] = []
        for ids in running.ask.calls {
            guard let call = CallText.readCall(model.tokenizer.decode(ids, skipSpecial: false)) else { continue }
            lastCall += 1
            calls.append(FunctionCall(id: "c\(lastCall)", name: call.name, arguments: call.arguments))
        }
        guard !calls.isEmpty else { return conclude(turn, running, nil) }
        // An instruction is asked about one thing at a time: its next ask waits for what this one does.
        let isBlocking = running.watcher != nil || calls.contains { declarations.isBlocking($0.name) }
        running.hasCalled = true
        let crowded = clients[owner]?.calls.open(calls, turn: turn, isBlocking: isBlocking, deadline: .now + limits.toolTimeout)
        publish(.toolCall(calls), of: running, turn, to: owner)
        if let crowded { dropLate(crowded, of: owner) }
        if isBlocking {
            waiting[turn] = running
        } else {
            late[turn] = running
            if let client = running.client { clients[client]?.interruptions.ended() }
            remember(running.exchange(model.format, turn: turn), of: owner)
            publishEnd(of: running, turn, nil)
        }
        watchClock(of: turn, owner)
        if !isBlocking { sayNext(to: owner) }
    }

    /// To one client alone.
    func publish(_ event: AgentEvent, of running: RunningAsk, _ turn: String, to client: ClientContext.ID) {
        running.hub.publish(event, turn: turn, source: running.source, audience: running.watcher.map { [$0] }, only: client)
    }

    // MARK: Responses

    /// What functions returned. What they returned to a turn that waits continues its fork: nothing is taken in again.
    /// - Returns: the fields that count for nothing.
    @discardableResult
    package func respond(
        _ responses: [FunctionResponse], from client: ClientContext.ID, re: RequestID? = nil, sink: (any EventSink)? = nil
    ) async throws(StatusError) -> [String] {
        guard let user = clients[client]?.user else { throw Self.withoutSession }
        await intakeTurn(of: user)
        guard !isStopping else {
            throw StatusError(.unavailable, "the daemon is stopping: ask again when it is back", reason: "STOPPING")
        }
        guard let before = clients[client]?.calls else { throw Self.withoutSession }
        var rows = 0
        for response in responses {
            let text = CallText.response(of: response.name ?? "", response.response)
            rows += try tokens(of: text.written, said: .response, after: rows).count
        }
        try requireRoom(for: rows, said: .response)
        var book = before
        let taken: (steps: [CallBook.Step], ignored: [String])
        do throws(ToolError) {
            taken = try book.take(responses, isIdle: !isSpeaking(to: client), now: .now, limit: limits.toolTimeout)
        } catch {
            throw error.status
        }
        let speaks = taken.steps.contains { if case .speak = $0 { true } else { false } }
        if speaks { try requirePlaceToAsk(client) }
        clients[client]?.calls = book
        // The turn that goes on; that of a late response is told by its own first message.
        if re != nil { sink?.reply(.accepted, to: re, turn: taken.steps.lazy.compactMap(\.continued).first) }
        for step in taken.steps { perform(step, for: client) }
        return taken.ignored
    }

    private func perform(_ step: CallBook.Step, for client: ClientContext.ID) {
        switch step {
        case .goOn(let turn, let answers):
            guard var running = waiting.removeValue(forKey: turn) else { return }
            clocks.removeValue(forKey: turn)?.cancel()
            read(rows(of: answers), by: &running)
            asks[turn] = running
        case .speak(let origin, let answers, let isInterrupting):
            guard late[origin] != nil else { return }
            if isInterrupting { interrupt(client) }
            keep(answers, of: origin, client)
            speak(of: origin, to: client)
        case .remember(let origin, let answers):
            keep(answers, of: origin, client)
            settle(origin, client)
        }
        runAsks()
    }

    private func rows(of answers: [CallBook.Answer]) -> [Int32] {
        answers.flatMap { model.format.tokens(of: CallText.response(of: $0.name, $0.response)) }
    }

    private func read(_ rows: [Int32], by running: inout RunningAsk, more: Int? = nil) {
        running.ask.resume(rows, more: more)
        running.usage.promptTokens += rows.count
        running.usage.toolTokens += rows.count
        running.usage.promptDetails["TEXT", default: 0] += rows.count
        served += 1
        running.since = served
    }

    /// What came back to a turn that is over is part of the conversation, whatever is said of it.
    private func keep(_ answers: [CallBook.Answer], of origin: String, _ client: ClientContext.ID) {
        let rows = rows(of: answers)
        late[origin]?.unsaid += rows
        guard let place = clients[client]?.history.lastIndex(where: { $0.turn == origin }) else { return }
        clients[client]?.history[place].answer.append(tokens: rows)
        clients[client]?.history[place].isOpen = true
    }

    /// A turn of its own, on the fork of the turn that called.
    private func speak(of origin: String, to client: ClientContext.ID) {
        guard var running = late[origin], let asker = clients[client] else { return }
        lastTurn += 1
        let turn = "t\(lastTurn)"
        running.usage.promptTokens += running.ask.generated.count - running.saidBefore
        running.saidBefore = running.ask.generated.count
        running.thoughtBefore = running.ask.thoughtTokens
        running.number = lastTurn
        running.origin = origin
        running.arrival = .now
        running.firstToken = nil
        running.held = HeldAnswer()
        running.reads = running.unsaid
        read(running.unsaid, by: &running, more: asker.answers.maximumTokens)
        running.unsaid = []
        asks[turn] = running
        runAsks()
    }

    /// A turn about a late response is over. Where it was told to its end the next response goes on from there, else it reads this one too.
    func spoke(_ running: RunningAsk, isWhole: Bool) {
        guard let origin = running.origin, let before = late[origin], let owner = toolOwner(of: running) else { return }
        if isWhole {
            var next = running
            // What came meanwhile is still unsaid.
            next.unsaid = Array(before.unsaid.dropFirst(running.reads.count))
            late[origin] = next
        }
        settle(origin, owner)
    }

    /// Keeps the fork of a turn that is over only while something may still come back to it.
    private func settle(_ origin: String, _ client: ClientContext.ID) {
        guard clients[client]?.calls.isOpen(origin) != true, !asks.values.contains(where: { $0.origin == origin }) else { return }
        late[origin] = nil
        clocks.removeValue(forKey: origin)?.cancel()
    }

    // MARK: Turns

    /// An answer to the client is under way, or waits for what it called.
    func isSpeaking(to client: ClientContext.ID) -> Bool {
        asks.values.contains { $0.isAnswer && toolOwner(of: $0) == client }
            || waiting.values.contains { $0.isAnswer && toolOwner(of: $0) == client }
    }

    private func interrupt(_ client: ClientContext.ID) {
        end(reason: .interrupted) { $0.isAnswer && toolOwner(of: $0) == client }
    }

    /// An answer has ended: what came back meanwhile and must not interrupt is told now.
    func sayNext(to client: ClientContext.ID?) {
        guard let client, !isStopping, !isSpeaking(to: client), let step = clients[client]?.calls.sayNext(),
            case .speak(let origin, let answers, _) = step
        else { return }
        guard late[origin] != nil else { return sayNext(to: client) }
        keep(answers, of: origin, client)
        speak(of: origin, to: client)
    }

    /// The client is told that nobody waits for a turn's calls any more.
    func cancelCalls(of turn: String, _ running: RunningAsk) {
        clocks.removeValue(forKey: turn)?.cancel()
        guard let owner = toolOwner(of: running), let ids = clients[owner]?.calls.cancel(turn: turn), !ids.isEmpty else { return }
        publish(.toolCallCancellation(ids), of: running, turn, to: owner)
    }

    /// Calls of turns that are over end: what they rest on is to be forgotten, or whoever runs them is gone.
    func dropLate(where fits: (RunningAsk) -> Bool) {
        for (turn, running) in late.filter({ fits($0.value) }).sorted(by: { $0.value.number < $1.value.number }) {
            late[turn] = nil
            cancelCalls(of: turn, running)
        }
    }

    func dropLate(_ turn: String, of client: ClientContext.ID) {
        guard let running = late[turn], toolOwner(of: running) == client else { return }
        late[turn] = nil
        cancelCalls(of: turn, running)
    }

    // MARK: Time

    private func watchClock(of turn: String, _ client: ClientContext.ID) {
        guard let deadline = clients[client]?.calls.deadline(of: turn) else { return }
        clocks[turn]?.cancel()
        clocks[turn] = Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            if !Task.isCancelled { expire(turn, client) }
        }
    }

    private func expire(_ turn: String, _ client: ClientContext.ID) {
        clocks[turn] = nil
        guard let running = waiting[turn] ?? late[turn] else { return }
        let ids = clients[client]?.calls.expire(turn: turn, now: .now) ?? []
        // A call that goes on has more time.
        guard !ids.isEmpty else { return watchClock(of: turn, client) }
        publish(.toolCallCancellation(ids), of: running, turn, to: client)
        let error = StatusError(
            .deadlineExceeded,
            "\(ids.joined(separator: ", ")): no response came within the \(limits.toolTimeout.figure) of [live] tool_timeout, so the turn is over: "
                + "declare a function that takes longer as NON_BLOCKING and continue it with willContinue, or raise that",
            reason: "TOOL_TIMEOUT")
        if waiting.removeValue(forKey: turn) != nil {
            fail(turn, running, error)
        } else {
            late[turn] = nil
            publish(.error(error), of: running, turn, to: client)
        }
    }

    // MARK: Declarations

    /// Other functions from the next question on; turns under way, and calls that are open, keep theirs.
    package func declare(_ functions: [FunctionDeclaration], from client: ClientContext.ID) async throws(StatusError) {
        guard let asker = clients[client] else { throw Self.withoutSession }
        var rules = try await workshop.rules(functions: functions, form: .text)
        rules.form = asker.rules.form
        rules.isChoice = asker.rules.isChoice
        let text = try declarations(rules.declarations)
        var prefix: ClientPrefix?
        if asker.session == Self.mainSession {
            prefix = try await self.prefix(declaring: rules.declarations, in: asker.session, of: asker.user)
        } else {
            await intakeTurn(of: asker.user)
            guard var draft = sessions[asker.session]?.stream.draftPrefix(declarations: text ?? MarkedText()) else {
                throw Self.withoutSession
            }
            while !draft.step(Ask.rowsPerStep) { await Task.yield() }
            sessions[asker.session]?.stream.take(draft)
        }
        clients[client]?.rules = rules
        clients[client]?.prefix = prefix
        clients[client]?.setup.functions = functions
    }

    /// The prefix of a client's forks, taken in step by step.
    func prefix(
        declaring declarations: Declarations?, in session: String, of user: Principal
    ) async throws(StatusError) -> ClientPrefix? {
        guard let stream = sessions[session]?.stream, let declarations = try self.declarations(declarations) else { return nil }
        await intakeTurn(of: user)
        var prefix = ClientPrefix(rows: .text(model.format.prefix(system: stream.system, declarations: declarations)))
        while !Task.isCancelled, let end = sessions[session]?.stream.prefixPositions.upperBound,
            !prefix.takeIn(Ask.rowsPerStep, endingAt: end, model.decoder)
        {
            await Task.yield()
        }
        return prefix
    }

    /// What the model is told of the functions; nil: there are none.
    func declarations(_ declarations: Declarations?) throws(StatusError) -> MarkedText? {
        guard let text = declarations?.text else { return nil }
        let count = model.format.tokens(of: text).count
        guard count <= limits.declarationTokens else {
            throw StatusError(
                .invalidArgument,
                "the declarations of the functions have \(count) tokens, at most \(limits.declarationTokens) are taken: declare fewer, or shorten "
                    + "their descriptions", reason: "TOO_LONG")
        }
        return text
    }
}

extension CallBook.Step {
    /// The turn that goes on.
    fileprivate var continued: String? { if case .goOn(let turn, _) = self { turn } else { nil } }
}
