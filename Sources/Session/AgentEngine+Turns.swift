import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media

/// The asks under way, whoever began them: how they start, take turns and end.
extension AgentEngine {
    /// Begins an ask. - Returns: the turn's id; the steps are `runAsks`' work.
    /// - Parameter fork: of the session's stream, whose stamp the question has.
    func start(
        in name: String, on fork: StreamFork, history: InputRows = InputRows(), historySenses: Set<StreamModality> = [],
        question: InputRows, sampler: Sampler, maximumTokens: Int,
        purpose: RunningAsk.Purpose, arrival: ContinuousClock.Instant = .now
    ) -> String? {
        guard let session = sessions[name] else { return nil }
        lastTurn += 1
        served += 1
        statistics.asks[purpose.counted, default: 0] += 1
        let turn = "t\(lastTurn)"
        let owner = toolOwner(of: purpose, in: name)
        // Whoever declared functions asks behind a system turn with their declarations.
        let fork = owner.flatMap { clients[$0]?.prefix?.applied(to: fork, model.decoder) } ?? fork
        var isUnasked = false
        if case .watch = purpose { isUnasked = true }
        let rules = owner.flatMap { clients[$0]?.rules } ?? AnswerRules()
        var rows = fork.media
        rows.append(history)
        rows.append(question)
        let ask = Ask(
            cache: fork.cache, rows: rows, stopTokens: model.format.stopTokens, maximumTokens: maximumTokens, sampler: sampler,
            detokenizer: StreamingDetokenizer(model.tokenizer),
            thoughts: model.thoughts.map { ThoughtFilter($0, limit: thoughtTokens(of: purpose)) },
            rule: owner == nil ? nil : rules.rule(model.format, isFormed: !isUnasked))
        asks[turn] = RunningAsk(
            ask: ask, number: lastTurn, purpose: purpose, session: name, hub: session.hub, question: question,
            senses: historySenses.union(fork.senses).union(purpose.senses), usage: fork.usage(adding: rows), evidence: fork.evidence,
            arrival: arrival, since: served, isChoice: rules.isChoice && !isUnasked, declarations: rules.declarations)
        return turn
    }

    /// How much a model may think before it answers.
    private func thoughtTokens(of purpose: RunningAsk.Purpose) -> Int {
        guard case .answer(let client) = purpose else { return 0 }
        return clients[client]?.answers.thoughtTokens ?? 0
    }

    /// A question that no client asked: greedy, without history.
    /// - Parameter fork: the moment that it is about; nil, or one in which something is that was muted since: now.
    func start(
        in name: String, on fork: StreamFork? = nil, asking text: String, maximumTokens: Int, purpose: RunningAsk.Purpose
    ) -> String? {
        guard !isStopping, let sampler = try? Sampler(.greedy), let stream = sessions[name]?.stream else { return nil }
        let fork = fork.flatMap { $0.mutes == stream.mutes ? $0 : nil } ?? stream.fork()
        return start(
            in: name, on: fork, question: .text(model.format.question(fork.stamp + text)), sampler: sampler, maximumTokens: maximumTokens,
            purpose: purpose)
    }

    /// Questions and spoken questions that are being answered: what `EngineLimits.asks` bounds.
    var answersUnderWay: Int { asks.values.count { $0.isAnswer } + waiting.values.count { $0.isAnswer } }

    /// Steps all turns, one step of one turn at a time, until none is left. Yielding after each lets the actor take a
    /// media item in between, however many turns there are.
    func runAsks() {
        guard !isRunningAsks, !asks.isEmpty else { return }
        isRunningAsks = true
        Task {
            while let turn = nextAsk() {
                step(turn)
                await Task.yield()
            }
            isRunningAsks = false
        }
    }

    private func nextAsk() -> String? {
        let waiting = asks.map { turn, ask in
            TurnOrder.Waiting(turn: turn, owner: ask.owner, since: ask.since, isBackground: ask.isBackground)
        }
        return TurnOrder.next(among: waiting, step: served)
    }

    private func step(_ turn: String) {
        // Taken out meanwhile: a second reference to its cache would make each step copy the page that it appends to.
        guard var running = asks.removeValue(forKey: turn) else { return }
        let begin = ContinuousClock.now
        served += 1
        running.since = served
        statistics.askRows += running.ask.rowsOfNextStep
        let progress = running.ask.step(model.decoder)
        asks[turn] = running
        if endIfWeightsChanged() { return }
        statistics.steps[.answer, default: DurationHistogram()].observe(.now - begin)
        if running.firstToken == nil, case .delta = progress {
            let latency = ContinuousClock.now - running.arrival
            running.firstToken = latency
            if running.isAnswer { statistics.firstToken.observe(latency) }
        }
        if case .broken = progress { return fail(turn, running) }
        if case .delta(let text) = progress { publish(text, of: &running, turn) }
        if let client = running.client, clients[client]?.answers.tellsThoughts == true, !running.ask.newThought.isEmpty {
            running.hub.publish(.thought(text: running.ask.newThought), turn: turn, owner: client)
        }
        asks[turn] = running
        if running.isTranscript || running.isGuess, RepetitionGuard.cut(running.ask.text) != nil { return finish(turn, running, .stop) }
        if case .finished(let reason) = progress { finish(turn, running, reason) }
    }

    /// What was computed with weights that changed meanwhile is told to nobody.
    /// - Returns: whether everything has ended.
    package func endIfWeightsChanged() -> Bool {
        guard let path = WeightFiles.changed else { return false }
        fail(
            StatusError(
                .internal, "\(path) was cut or written over while it was in use, so the daemon stops: ask again when it is back",
                reason: "MODEL_FILE_CHANGED"))
        return true
    }

    /// Ends a turn whose logits are not numbers. The engine goes on: what was computed with a damaged part alone is lost.
    private func fail(_ turn: String, _ running: RunningAsk) {
        let reason = SessionError.notFinite(model: model.name).description
        if !running.isAnswer { tally(1, .outputsBroken, reason: reason, in: running.session) }
        fail(turn, running, StatusError(.internal, reason, reason: "MODEL_OUTPUT_NOT_FINITE"))
    }

    func fail(_ turn: String, _ running: RunningAsk, _ error: StatusError) {
        asks[turn] = nil
        waiting[turn] = nil
        cancelCalls(of: turn, running)
        statistics.stoppedAsks += 1
        switch running.purpose {
        case .watch(let client, _): clients[client]?.watch?.policy.stop()
        case .notice: sessions[running.session]?.notices.stop()
        case .transcript(_, _, _, let clip?): sessions[running.session]?.spoken.set(.unheard, of: clip)
        case .answer, .spokenAnswer, .transcript, .guess: break
        }
        defer { answerSpokenTurn(in: running.session) }
        if let watcher = running.watcher, running.hasCalled {
            for event in [.error(error), .turnComplete(running.complete(.failed))] as [AgentEvent] {
                publish(event, of: running, turn, to: watcher)
            }
            offerHandle(to: watcher)
        }
        guard running.isAnswer else { return }
        running.hub.publish(.error(error), turn: turn, owner: running.client)
        running.hub.publish(.turnComplete(running.complete(.failed)), turn: turn, owner: running.client)
        offerHandles(after: running)
        spoke(running, isWhole: false)
        sayNext(to: toolOwner(of: running))
    }

    /// Ends all turns with an error, and takes no new ones.
    func fail(_ error: StatusError) {
        isStopping = true
        let all = asks.merging(waiting) { $1 }
        for (turn, running) in all.sorted(by: { $0.value.number < $1.value.number }) { fail(turn, running, error) }
        dropLate { _ in true }
    }

    private func publish(_ delta: String, of running: inout RunningAsk, _ turn: String) {
        guard !running.isChoice else { return }
        publishText(delta, of: &running, turn)
    }

    private func publishText(_ delta: String, of running: inout RunningAsk, _ turn: String) {
        switch running.purpose {
        case .answer:
            if !delta.isEmpty { running.hub.publish(.modelTurn(text: delta), turn: turn, owner: running.client) }
        case .spokenAnswer:
            let text = running.held.push(delta)
            if !text.isEmpty { running.hub.publish(.modelTurn(text: text), turn: turn, source: "mic") }
        case .transcript, .guess, .watch, .notice:
            break
        }
    }

    private func finish(_ turn: String, _ running: RunningAsk, _ reason: Ask.Reason) {
        switch reason {
        case .calls: call(turn, running)
        case .stop: conclude(turn, running, nil)
        case .maximumTokens: conclude(turn, running, .maximumTokens)
        }
    }

    /// The answer has come to its own end.
    func conclude(_ turn: String, _ running: RunningAsk, _ reason: TurnComplete.Reason?) {
        var running = running
        asks[turn] = nil
        // Speech that did not interrupt this has its turn now.
        defer { if running.isAnswer { answerSpokenTurn(in: running.session) } }
        if running.isChoice, let choice = running.choice { publishText(choice, of: &running, turn) }
        switch running.purpose {
        case .answer(let client):
            clients[client]?.interruptions.ended()
            remember(running.exchange(model.format, turn: nil), of: client)
            publishEnd(of: running, turn, reason)
            spoke(running, isWhole: true)
            sayNext(to: toolOwner(of: running))
        case .spokenAnswer:
            publishEnd(of: running, turn, reason)
            spoke(running, isWhole: true)
            sayNext(to: toolOwner(of: running))
        case .transcript(let from, let to, let fork, let clip):
            heard(
                RepetitionGuard.cut(running.ask.text) ?? running.ask.text, from: from, to: to, at: fork, in: running.session, clip: clip)
        case .guess(let from, let to):
            finishGuess(running, from: from, to: to)
        case .watch(let client, let source):
            finishWatch(turn, running, reason, of: client, source: source)
        case .notice(let change):
            finishNotice(running, change)
        }
    }

    /// The last messages of an answer that anything was told of.
    func publishEnd(of running: RunningAsk, _ turn: String, _ reason: TurnComplete.Reason?) {
        guard running.isTold else { return }
        running.hub.publish(.generationComplete, turn: turn, source: running.source, owner: running.client)
        running.hub.publish(.turnComplete(running.complete(reason)), turn: turn, source: running.source, owner: running.client)
        offerHandles(after: running)
    }

    /// Stops a turn. What was published of it gets its end; what was not leaves no trace.
    func end(_ turn: String, reason: TurnComplete.Reason) {
        guard let running = asks.removeValue(forKey: turn) ?? waiting.removeValue(forKey: turn) else { return }
        statistics.stoppedAsks += 1
        cancelCalls(of: turn, running)
        switch running.purpose {
        case .transcript(_, _, _, let clip?): sessions[running.session]?.spoken.set(.unheard, of: clip)
        case .answer, .spokenAnswer, .transcript, .guess: break
        case .watch(let client, _):
            clients[client]?.watch?.policy.stop()
            guard running.hasCalled else { return }
            for event in [.interrupted, .turnComplete(running.complete(reason))] as [AgentEvent] {
                publish(event, of: running, turn, to: client)
            }
            offerHandle(to: client)
            return
        case .notice:
            sessions[running.session]?.notices.stop()
            return
        }
        guard running.isTold else { return }
        running.hub.publish(.interrupted, turn: turn, source: running.source, owner: running.client)
        running.hub.publish(.turnComplete(running.complete(reason)), turn: turn, source: running.source, owner: running.client)
        offerHandles(after: running)
        spoke(running, isWhole: false)
    }

    /// Stops the turns that fit.
    func end(reason: TurnComplete.Reason, where fits: (RunningAsk) -> Bool) {
        let all = asks.merging(waiting) { $1 }.filter { fits($0.value) }
        for turn in all.map(\.key).sorted() { end(turn, reason: reason) }
    }
}
