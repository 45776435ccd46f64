public import AgentProtocol

/// Speech in private sessions: when a turn begins and ends, and what it interrupts.
extension AgentEngine {
    /// The client begins to speak.
    /// - Throws: `NO_MANUAL_ACTIVITY` where the session finds that out itself.
    public func beginActivity(of client: ClientContext.ID) throws(StatusError) {
        let name = try manualSession(of: client)
        sessions[name]?.spoken.open()
        sessions[name]?.stream.openActivity()
        speechBegan(in: name)
    }

    /// The client has spoken, and is answered.
    /// - Throws: also `NO_ACTIVITY` where it did not begin.
    public func endActivity(of client: ClientContext.ID) throws(StatusError) {
        let name = try manualSession(of: client)
        guard sessions[name]?.spoken.isOpen == true else {
            throw StatusError(
                .failedPrecondition, "no activity is under way: send activityStart, then sound, then activityEnd", reason: "NO_ACTIVITY")
        }
        sessions[name]?.stream.closeActivity()
        // What was let through has been taken in; this closes the sound, which is the turn's last.
        while step(session: name, now: nil) {}
        sessions[name]?.spoken.close()
        answerSpokenTurn(in: name)
    }

    private func manualSession(of client: ClientContext.ID) throws(StatusError) -> String {
        guard let name = clients[client]?.session, let session = sessions[name] else { throw Self.withoutSession }
        guard session.stream.options.listening.isManual else {
            throw StatusError(
                .failedPrecondition,
                "this session finds out itself when somebody speaks: leave activityStart and activityEnd out, or open one with "
                    + "realtimeInputConfig.automaticActivityDetection.disabled", reason: "NO_MANUAL_ACTIVITY")
        }
        return name
    }

    /// Speech ends the answers under way in a private session, unless it shall not.
    func speechBegan(in name: String) {
        guard let session = sessions[name], session.owner != nil, session.stream.options.listening.interrupts else { return }
        end(reason: .interrupted) { $0.session == name && $0.isAnswer }
    }

    /// Whether what is spoken now is answered after the answer under way.
    func mustWait(in name: String) -> Bool {
        guard let session = sessions[name], session.owner != nil, !session.stream.options.listening.interrupts else { return false }
        func isOurs(_ ask: RunningAsk) -> Bool { ask.session == name && ask.isAnswer }
        return asks.values.contains(where: isOurs) || waiting.values.contains(where: isOurs)
    }

    /// - Returns: the clip's number in the turn that is being spoken.
    @discardableResult
    func addClip(_ clip: SpokenTurn.Clip, in name: String) -> Int? {
        guard let (number, isLosing) = sessions[name]?.spoken.add(clip) else { return nil }
        if isLosing { tally(1, .speechUnanswered, reason: "its turn has more than \(SpokenTurn.maximumClips) clips of sound", in: name) }
        return number
    }

    /// Answers what was spoken, when it is over, all of it is known and nothing stands before it.
    func answerSpokenTurn(in name: String) {
        guard !isStopping, let session = sessions[name], let owner = session.owner, clients[owner] != nil, session.spoken.isReady,
            !mustWait(in: name), let said = sessions[name]?.spoken.take()
        else { return }
        guard session.stream.options.listening.isManual else {
            if case .words(let words) = said { _ = answerSpeech(words, in: name) }
            return
        }
        do throws(StatusError) {
            try answer(said, of: owner, in: name)
        } catch {
            session.hub.publish(.error(error), owner: owner)
        }
    }

    /// A spoken turn is the client's own question, after what it wrote before.
    private func answer(_ said: SpokenTurn.Said, of client: ClientContext.ID, in name: String) throws(StatusError) {
        let (arrival, saidBefore) = (ContinuousClock.now, clients[client]?.pending ?? QuestionRows())
        switch said {
        case .words(let words):
            let used = (clients[client]?.instruction.count ?? 0) + (clients[client]?.pending.count ?? 0)
            let spoken = try tokens(of: words, said: .question, after: used)
            try requireRoom(for: used + spoken.count, before: used, said: .question)
            clients[client]?.pending.append(words, spoken)
        case .nothing where clients[client]?.pending.isEmpty != false:
            // Nothing was said, so there is nothing to say; but a turn was asked for.
            lastTurn += 1
            for event in [.generationComplete, .turnComplete(TurnComplete())] as [AgentEvent] {
                sessions[name]?.hub.publish(event, turn: "t\(lastTurn)", owner: client)
            }
            offerHandle(to: client)
            return
        case .nothing, .sound: break
        }
        do throws(StatusError) {
            try requirePlaceToAsk(client)
            try spendInterruption(of: client, at: arrival)
        } catch {
            // A question that is refused is not kept.
            clients[client]?.pending = saidBefore
            throw error
        }
        _ = try answer(client, arrival: arrival)
        runAsks()
    }
}

extension SoundInterpretation {
    /// What it makes of a clip of a spoken turn.
    var clip: SpokenTurn.Clip {
        switch self {
        case .words(let text): .words(text)
        case .event, .nothing: .nothing
        }
    }
}
