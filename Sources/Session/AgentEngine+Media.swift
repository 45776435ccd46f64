public import AgentProtocol
package import Decoder
public import Interleaver
public import Media

/// What devices, recordings and clients deliver, and how the streams are.
extension AgentEngine {
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

    /// Mute or shutter: wipes what waits, takes the modality's rows out of the cache, ends the asks that rest on it and takes
    /// their answers out of the clients' histories, tells the model, and takes no more of it until it is unmuted.
    /// - Parameter time: by the live clock; nil in a replay.
    public func setMuted(_ mute: Bool, _ modality: StreamModality, session name: String = mainSession, at time: MediaTime? = nil) {
        sessions[name]?.stream.setMuted(mute, modality, at: time)
        guard mute else { return }
        // What is being asked of what shall be forgotten ends with it, and its fork; what was answered is forgotten too.
        end(reason: .cancelled) { $0.session == name && ($0.senses.contains(modality) || $0.watcher != nil) }
        dropLate { $0.session == name && $0.senses.contains(modality) }
        forgetAnswers(restingOn: modality, in: name)
        // What was said of it is told to nobody again.
        sessions[name]?.hub.forget()
        // What waits to be asked keeps the stream as it was.
        sessions[name]?.notices.stop()
        for id in clients.keys where clients[id]?.session == name { clients[id]?.watch?.policy.stop() }
    }

    /// Where what was seen or heard lies: in the stream, and in each turn's fork of it.
    package func memory(of sense: StreamModality, session name: String = mainSession) -> (stream: RowMemory, forks: [RowMemory])? {
        guard let stream = sessions[name]?.stream else { return nil }
        let rows = stream.ledger.segments.filter { $0.modality == sense }.map(\.positions)
        let turns = [asks, waiting, late].flatMap(\.values).filter { $0.session == name }
        return (stream.cache.memory(of: rows), turns.map { $0.ask.memory(of: rows) })
    }

    /// Takes in the next media item of a session.
    /// - Parameter now: the live clock; nil in a replay.
    /// - Returns: whether there was one.
    public func step(session name: String = mainSession, now: MediaTime?) -> Bool {
        let (begin, frames) = (ContinuousClock.now, sessions[name]?.stream.counters.frames)
        guard let events = sessions[name]?.stream.step(now: now), !endIfWeightsChanged() else { return false }
        let work: EngineStatistics.Work = frames == sessions[name]?.stream.counters.frames ? .sound : .frame
        statistics.steps[work, default: DurationHistogram()].observe(.now - begin)
        for event in events { note(event, name) }
        guess(in: name)
        return true
    }

    /// The session a client is in.
    public func session(of client: ClientContext.ID) -> String? { clients[client]?.session }

    /// The hub of a session: what the daemon itself has to tell goes there.
    public func publish(_ event: AgentEvent, source: String? = nil, session: String = mainSession) {
        sessions[session]?.hub.publish(event, source: source)
    }

    /// `mm.seq` of a session's newest event.
    public func lastSequence(session: String = mainSession) -> Int64 { sessions[session]?.hub.lastSequence ?? lastSequenceAtStart }

    /// Relative RMS error of the newest frame's soft tokens against a dense pass, which it costs; nil before the first frame.
    public func visionError(session: String = mainSession) -> Double? { sessions[session]?.stream.visionError() }

    /// The newest frame that a session's camera delivered.
    public func latestFrame(session: String = mainSession) -> VideoFrame? { sessions[session]?.stream.latestFrame }

    public func status(session: String = mainSession) -> StreamStatus? {
        guard let stream = sessions[session]?.stream else { return nil }
        return StreamStatus(
            cachedRows: stream.cache.rowCount,
            rows: Dictionary(uniqueKeysWithValues: StreamModality.allCases.map { ($0, stream.ledger.rows(of: $0)) }),
            rowBudget: stream.eviction.totalRows + stream.prefixRowCount,
            span: stream.span, cacheBytes: stream.cache.bytes, lag: stream.lag, level: stream.level, counters: stream.counters,
            clients: clients.count, runningAsks: asks.count + waiting.count)
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
        // With goAway, to come back to what is told after the restart.
        if !isStopping { offerHandles(in: Self.mainSession) }
        isStopping = true
        return asks.count + waiting.count
    }

    /// Ends all turns, for shutdown: each gets its interrupted and turnComplete.
    public func stop() {
        isStopping = true
        end(reason: .cancelled) { _ in true }
        dropLate { _ in true }
        asks.removeAll()
    }

    private func note(_ event: MediaStream.Event, _ name: String) {
        guard let session = sessions[name] else { return }
        if case .soundStarted(speech: true, _) = event { speechBegan(in: name) }
        if !isLeftToTheModel(event) {
            for (wire, source) in event.wire { session.hub.publish(wire, source: source) }
        }
        switch event {
        case .framesDropped(let count): tally(count, .framesDropped, in: name)
        case .frameRefused(_, let reason): tally(1, .framesRefused, reason: reason, in: name)
        case .heard(let speech, let from, let to):
            endGuess(in: name)
            hear(speech: speech, from: from, to: to, in: name)
        case .frameEncoded(let offset, _, let changed, let tokens):
            look(at: PictureChange(offset: offset, share: tokens > 0 ? Double(changed) / Double(tokens) : 0), in: name)
        default: break
        }
    }

    /// Something went wrong that may go wrong again with the next frame or sound: told at once, then once a minute.
    func tally(_ count: Int, _ kind: TroubleTally.Kind, reason: String = "", in name: String) {
        guard let health = sessions[name]?.troubles.add(count, kind, reason: reason, now: .now) else { return }
        sessions[name]?.hub.publish(.health(health), source: kind.source)
    }

    /// Tells of what was counted since the last minute's `health` events; to be called every second or so.
    public func tellTroubles(session name: String = mainSession) {
        giveUp(resumptions.expire())
        for (kind, health) in sessions[name]?.troubles.due(now: .now) ?? [] {
            sessions[name]?.hub.publish(.health(health), source: kind.source)
        }
    }

    /// Whether the model will say itself what this was: the engine's own words for it would only repeat it.
    private func isLeftToTheModel(_ event: MediaStream.Event) -> Bool {
        switch event {
        case .frameEncoded: options.notices
        case .soundEnded(speech: false, _, _): options.transcribes && model.prompts.namesSounds
        default: false
        }
    }
}
