import AgentProtocol
import Checkpoint
import Decoder
import Media

/// The asks under way, whoever began them: how they start, take turns and end.
extension AgentEngine {
    /// Begins an ask. - Returns: the turn's id; the steps are `runAsks`' work.
    /// - Parameter fork: of the session's stream, whose stamp the question has.
    func start(
        in name: String, on fork: StreamFork, history: InputRows = InputRows(), question: InputRows, sampler: Sampler, maximumTokens: Int,
        purpose: RunningAsk.Purpose, arrival: ContinuousClock.Instant = .now
    ) -> String? {
        guard let session = sessions[name] else { return nil }
        lastTurn += 1
        statistics.asks[purpose.counted, default: 0] += 1
        let turn = "t\(lastTurn)"
        var rows = fork.media
        rows.append(history)
        rows.append(question)
        let ask = Ask(
            cache: fork.cache, rows: rows, stopTokens: model.format.stopTokens, maximumTokens: maximumTokens, sampler: sampler,
            detokenizer: StreamingDetokenizer(model.tokenizer, showing: options.functions.isEmpty ? [] : model.format.callTokens))
        asks[turn] = RunningAsk(
            ask: ask, number: lastTurn, purpose: purpose, session: name, hub: session.hub, question: question,
            usage: fork.usage(questionRows: rows.count), evidence: fork.evidence, arrival: arrival)
        return turn
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
    var answersUnderWay: Int { asks.values.count { $0.isAnswer } }

    /// Steps all turns, one step of one turn at a time, until none is left. Yielding after each lets the actor take a
    /// media item in between, however many turns there are.
    func runAsks() {
        guard !isRunningAsks, !asks.isEmpty else { return }
        isRunningAsks = true
        Task {
            var last = 0
            while let next = nextAsk(after: last) {
                last = next.number
                step(next.turn)
                await Task.yield()
            }
            isRunningAsks = false
        }
    }

    /// Turns take turns in the order of their numbers; watches and notices wait until nobody else is being answered.
    private func nextAsk(after number: Int) -> (turn: String, number: Int)? {
        let waiting = asks.map { (turn: $0.key, number: $0.value.number, isBackground: $0.value.isBackground) }
        let onlyBackground = waiting.allSatisfy(\.isBackground)
        let candidates = waiting.filter { $0.isBackground == onlyBackground }.map { (turn: $0.turn, number: $0.number) }
        return candidates.filter { $0.number > number }.min { $0.number < $1.number } ?? candidates.min { $0.number < $1.number }
    }

    private func step(_ turn: String) {
        // Taken out meanwhile: a second reference to its cache would make each step copy the page that it appends to.
        guard var running = asks.removeValue(forKey: turn) else { return }
        let begin = ContinuousClock.now
        let progress = running.ask.step(model.decoder)
        statistics.steps[.answer, default: DurationHistogram()].observe(.now - begin)
        if running.firstToken == nil, case .delta = progress {
            let latency = ContinuousClock.now - running.arrival
            running.firstToken = latency
            if running.isAnswer { statistics.firstToken.observe(latency) }
        }
        if case .delta(let text) = progress { publish(text, of: &running, turn) }
        asks[turn] = running
        if running.isTranscript, RepetitionGuard.cut(running.ask.text) != nil { return finish(turn, running, .stop) }
        if case .finished(let reason) = progress { finish(turn, running, reason) }
    }

    private func publish(_ delta: String, of running: inout RunningAsk, _ turn: String) {
        switch running.purpose {
        case .answer:
            if !delta.isEmpty { running.hub.publish(.modelTurn(text: delta), turn: turn) }
        case .spokenAnswer:
            let text = running.held.push(delta)
            if !text.isEmpty { running.hub.publish(.modelTurn(text: text), turn: turn, source: "mic") }
        case .transcript, .watch, .notice:
            break
        }
    }

    private func finish(_ turn: String, _ running: RunningAsk, _ reason: Ask.Reason) {
        asks[turn] = nil
        let reason: TurnComplete.Reason? = reason == .stop ? nil : .maximumTokens
        switch running.purpose {
        case .answer(let client):
            var exchange = running.question
            let isCall = model.format.isCall(endedBy: running.ask.endedBy)
            exchange.append(.text(isCall ? running.ask.generated : model.format.answer(running.ask.text)))
            remember(exchange, of: client, isOpen: isCall)
            running.hub.publish(.generationComplete, turn: turn)
            running.hub.publish(.turnComplete(running.complete(reason)), turn: turn)
        case .spokenAnswer:
            guard running.held.hasSpoken else { return }
            running.hub.publish(.generationComplete, turn: turn, source: "mic")
            running.hub.publish(.turnComplete(running.complete(reason)), turn: turn, source: "mic")
        case .transcript(let from, let to, let fork):
            heard(RepetitionGuard.cut(running.ask.text) ?? running.ask.text, from: from, to: to, at: fork, in: running.session)
        case .watch(let client, let source):
            finishWatch(turn, running, reason, of: client, source: source)
        case .notice(let change):
            finishNotice(running, change)
        }
    }

    /// Stops a turn. What was published of it gets its end; what was not leaves no trace.
    func end(_ turn: String, reason: TurnComplete.Reason) {
        guard let running = asks.removeValue(forKey: turn) else { return }
        statistics.stoppedAsks += 1
        let source: String?
        switch running.purpose {
        case .answer: source = nil
        case .spokenAnswer where running.held.hasSpoken: source = "mic"
        case .spokenAnswer, .transcript: return
        case .watch(let client, _):
            clients[client]?.watch?.policy.stop()
            return
        case .notice:
            sessions[running.session]?.notices.stop()
            return
        }
        running.hub.publish(.interrupted, turn: turn, source: source)
        running.hub.publish(.turnComplete(running.complete(reason)), turn: turn, source: source)
    }

    /// Stops the turns that fit.
    func end(reason: TurnComplete.Reason, where fits: (RunningAsk) -> Bool) {
        for turn in asks.filter({ fits($0.value) }).map(\.key).sorted() { end(turn, reason: reason) }
    }
}
