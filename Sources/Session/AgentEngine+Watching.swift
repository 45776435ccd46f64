import AgentProtocol

/// What is said unasked: standing instructions and notable changes, each asked on a fork whenever the stream moved on.
extension AgentEngine {
    /// The picture changed.
    func look(at change: PictureChange, in name: String) {
        if options.notices, !isStopping, let session = sessions[name], session.hub.wants([.observation]),
            let change = sessions[name]?.notices.streamMovedOn(change)
        {
            startNotice(of: change, in: name)
        }
        wakeWatches(in: name, by: "camera")
    }

    /// - Parameter source: what moved the stream on, `camera` or `mic`.
    func wakeWatches(in name: String, by source: String) {
        guard !isStopping else { return }
        let watchers = clients.filter { $0.value.session == name && $0.value.watch != nil }.keys
        for id in watchers.sorted(by: { $0.value < $1.value }) {
            if let source = clients[id]?.watch?.policy.streamMovedOn(source) { startWatch(of: id, by: source) }
        }
        runAsks()
    }

    private func startWatch(of id: ClientContext.ID, by source: String) {
        guard let client = clients[id], let watch = client.watch,
            start(
                in: client.session, asking: watch.instruction, maximumTokens: client.answers.maximumTokens,
                purpose: .watch(id, source: source)) != nil
        else {
            clients[id]?.watch?.policy.stop()
            return
        }
    }

    private func startNotice(of change: PictureChange, in name: String) {
        guard
            start(
                in: name, asking: model.prompts.notice, maximumTokens: model.prompts.noticeTokens(limit: options.maximumAnswerTokens),
                purpose: .notice(change)) != nil
        else {
            sessions[name]?.notices.stop()
            return
        }
    }

    /// A standing instruction was answered: something to say is a whole turn of its own, nothing to say is silence.
    func finishWatch(_ turn: String, _ running: RunningAsk, _ reason: TurnComplete.Reason?, of id: ClientContext.ID, source: String) {
        if running.ask.text.contains(where: { !$0.isWhitespace }) {
            // The one who wants to know, and those who follow everything that is said unasked.
            let followers = clients.filter { $0.value.session == running.session && $0.value.isProactive && $0.value.watch == nil }
            let audience = Set(followers.keys).union([id])
            for event in [.modelTurn(text: running.ask.text), .generationComplete, .turnComplete(running.complete(reason))] as [AgentEvent]
            {
                running.hub.publish(event, turn: turn, source: source, audience: audience)
            }
        }
        if let next = clients[id]?.watch?.policy.ended() { startWatch(of: id, by: next) }
    }

    func finishNotice(_ running: RunningAsk, _ change: PictureChange) {
        let text = running.ask.text
        if text.contains(where: { !$0.isWhitespace }) {
            running.hub.publish(
                .observation(Observation(text: text, source: "camera", score: change.share, time: .seconds(change.offset))),
                source: "camera")
        }
        if let next = sessions[running.session]?.notices.ended() { startNotice(of: next, in: running.session) }
    }
}
