import AgentProtocol

/// What is being said, told while it is said to those who follow `interim`: guesses, which the transcript replaces.
extension AgentEngine {
    /// Seconds of speech between two guesses.
    package static let secondsBetweenGuesses = 1.0

    /// More was taken in: speech that goes on is asked for its words so far, one guess at a time, and only of a model that was trained to
    /// transcribe, since another one takes longer for it than people wait.
    func guess(in name: String) {
        guard options.transcribes, model.prompts.namesSounds, let session = sessions[name], let speech = session.stream.speechUnderWay,
            session.hub.wants([.interim]), !asks.values.contains(where: { $0.session == name && $0.isGuess })
        else { return }
        let begun = max(speech.from, session.guessedUpTo)
        guard speech.to - begun >= Self.secondsBetweenGuesses else { return }
        sessions[name]?.guessedUpTo = speech.to
        _ = start(
            in: name, asking: model.prompts.transcribe,
            maximumTokens: model.prompts.transcriptTokens(limit: options.maximumAnswerTokens),
            purpose: .guess(from: speech.from, to: speech.to))
        runAsks()
    }

    /// The sound is over: its transcript is what counts.
    func endGuess(in name: String) {
        end(reason: .cancelled) { $0.session == name && $0.isGuess }
    }

    func finishGuess(_ running: RunningAsk, from: Double, to: Double) {
        guard case .words(let text) = SoundInterpretation(RepetitionGuard.cut(running.ask.text) ?? running.ask.text) else { return }
        running.hub.publish(
            .interimInputTranscription(Transcription(text: text, isFinished: false, start: .seconds(from), end: .seconds(to))),
            source: "mic")
    }
}
