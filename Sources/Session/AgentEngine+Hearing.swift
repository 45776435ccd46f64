import AgentProtocol

/// What was heard: the model says what it was, and what was spoken to it is answered.
extension AgentEngine {
    /// A sound is over: the model is asked what it was.
    /// - Parameters:
    ///   - speech: whether the detector took any of it for speech.
    ///   - from: seconds of media time.
    func hear(speech: Bool, from: Double, to: Double, in name: String) {
        let isTurn = sessions[name]?.stream.options.listening.isManual == true
        // A model that was not trained to answer what it transcribed answers the sound itself, and need not be asked for words first.
        let isAskedInWords = options.transcribes && (options.answersSpeech || model.prompts.namesSounds)
        if isTurn, !isAskedInWords { addClip(.unheard, in: name) }
        let clip = isTurn && isAskedInWords ? addClip(.pending, in: name) : nil
        guard !transcribe(speech: speech, from: from, to: to, in: name, clip: clip), let clip else { return }
        sessions[name]?.spoken.set(.unheard, of: clip)
    }

    /// - Parameter clip: of a spoken turn, which needs the words whoever else wants them.
    /// - Returns: whether the model is being asked.
    private func transcribe(speech: Bool, from: Double, to: Double, in name: String, clip: Int?) -> Bool {
        guard options.transcribes, speech || model.prompts.namesSounds, !isStopping, clip != nil || isHearingWanted(in: name) else {
            return false
        }
        // Of one session no more than its share: a client's own sound leaves places for what this machine hears.
        let transcripts = asks.values.filter(\.isTranscript)
        let share = EngineLimits.share(of: limits.transcripts)
        guard transcripts.count < limits.transcripts, transcripts.count(where: { $0.session == name }) < share else {
            tally(1, .soundsLeftOut, reason: "\(transcripts.count) are being transcribed already", in: name)
            return false
        }
        guard let fork = sessions[name]?.stream.fork() else { return false }
        let turn = start(
            in: name, on: fork, asking: model.prompts.transcribe,
            maximumTokens: model.prompts.transcriptTokens(limit: options.maximumAnswerTokens),
            purpose: .transcript(from: from, to: to, at: fork, clip: clip))
        runAsks()
        return turn != nil
    }

    /// Whether anybody would learn what a sound was.
    private func isHearingWanted(in name: String) -> Bool {
        guard let hub = sessions[name]?.hub else { return false }
        var topics: Set<Topic> = [.transcription]
        if model.prompts.namesSounds { topics.insert(.observation) }
        if options.answersSpeech { topics.insert(.turn) }
        return hub.wants(topics) || isWatched(name, by: "mic")
    }

    /// The model has said what a sound was that ended just now.
    package func heard(_ answer: String, from: Double, to: Double, in name: String) {
        guard let fork = sessions[name]?.stream.fork() else { return }
        heard(answer, from: from, to: to, at: fork, in: name, clip: nil)
    }

    /// - Parameter fork: the stream as it was when the sound ended. Standing instructions are asked on that: on a later one
    ///   they would be answered about what came since, once more.
    func heard(_ answer: String, from: Double, to: Double, at fork: StreamFork, in name: String, clip: Int?) {
        guard let session = sessions[name] else { return }
        let (hub, sound) = (session.hub, SoundInterpretation(answer))
        if let clip { sessions[name]?.spoken.set(sound.clip, of: clip) }
        defer { if clip != nil { answerSpokenTurn(in: name) } }
        switch sound {
        case .nothing:
            break
        case .event(let sound):
            hub.publish(.observation(Observation(text: sound, source: "mic", time: .seconds(from))), source: "mic")
            wakeWatches(in: name, at: StreamMoment(source: "mic", fork: fork))
        case .words(let text):
            let turn = session.stream.options.listening.isManual ? nil : answerSpeech(text, in: name)
            hub.publish(
                .inputTranscription(Transcription(text: text, isFinished: true, start: .seconds(from), end: .seconds(to))), turn: turn,
                source: "mic")
            wakeWatches(in: name, at: StreamMoment(source: "mic", fork: fork))
        }
    }

    /// Asks what was spoken as if it had been typed. The newest spoken question counts: an answer to an earlier one is stopped.
    /// - Returns: the answer's turn; nil if there will be none.
    func answerSpeech(_ text: String, in name: String) -> String? {
        guard options.answersSpeech, !isStopping else { return nil }
        if mustWait(in: name) {
            addClip(.words(text), in: name)
            sessions[name]?.spoken.close()
            return nil
        }
        end(reason: .interrupted) { $0.session == name && $0.isSpokenAnswer }
        guard answersUnderWay < limits.asks else {
            tally(1, .speechUnanswered, reason: SessionError.tooManyAsks(limit: limits.asks).description, in: name)
            return nil
        }
        let turn = start(in: name, asking: text, maximumTokens: options.maximumAnswerTokens, purpose: .spokenAnswer)
        runAsks()
        return turn
    }
}
