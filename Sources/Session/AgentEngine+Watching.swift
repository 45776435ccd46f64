import AgentProtocol

/// What is said unasked: standing instructions and notable changes, asked about each event on the stream as it was then.
extension AgentEngine {
    /// The picture changed.
    func look(at change: PictureChange, in name: String) {
        guard !isStopping, let session = sessions[name] else { return }
        let isNoticed = options.notices && session.hub.wants([.observation])
        guard isNoticed || isWatched(name, by: "camera") else { return }
        let fork = session.stream.fork()
        if isNoticed, let next = sessions[name]?.notices.streamMovedOn((change, fork), by: "camera") {
            startNotice(of: next.change, at: next.fork, in: name)
        }
        wakeWatches(in: name, at: StreamMoment(source: "camera", fork: fork))
    }

    /// Whether a standing instruction is about what a source of a session delivers.
    func isWatched(_ name: String, by source: String) -> Bool {
        clients.values.contains { $0.session == name && $0.watch != nil && $0.proactivity.includes(source: source) }
    }

    func wakeWatches(in name: String, at moment: StreamMoment) {
        guard !isStopping else { return }
        let watchers = clients.filter {
            $0.value.session == name && $0.value.watch != nil && $0.value.proactivity.includes(source: moment.source)
        }.keys
        for id in watchers.sorted(by: { $0.value < $1.value }) {
            if let moment = clients[id]?.watch?.policy.streamMovedOn(moment, by: moment.source) { startWatch(of: id, at: moment) }
        }
        runAsks()
    }

    private func startWatch(of id: ClientContext.ID, at moment: StreamMoment) {
        guard let client = clients[id], let watch = client.watch,
            start(
                in: client.session, on: moment.fork, asking: watch.instruction, maximumTokens: client.answers.maximumTokens,
                purpose: .watch(id, source: moment.source)) != nil
        else {
            clients[id]?.watch?.policy.stop()
            return
        }
    }

    private func startNotice(of change: PictureChange, at fork: StreamFork, in name: String) {
        guard
            start(
                in: name, on: fork, asking: model.prompts.notice,
                maximumTokens: model.prompts.noticeTokens(limit: options.maximumAnswerTokens), purpose: .notice(change)) != nil
        else {
            sessions[name]?.notices.stop()
            return
        }
    }

    /// A standing instruction was answered: something to say is a whole turn of its own, nothing to say is silence.
    func finishWatch(_ turn: String, _ running: RunningAsk, _ reason: TurnComplete.Reason?, of id: ClientContext.ID, source: String) {
        let isSaid = running.ask.text.contains { !$0.isWhitespace }
        if isSaid || running.hasCalled {
            // The one who wants to know, and those who follow everything that is said unasked.
            let followers = clients.filter {
                $0.value.session == running.session && $0.value.watch == nil && $0.value.proactivity.includes(source: source)
            }
            let audience = isSaid ? Set(followers.keys).union([id]) : [id]
            let text: [AgentEvent] = isSaid ? [.modelTurn(text: running.ask.text)] : []
            for event in text + [.generationComplete, .turnComplete(running.complete(reason))] {
                running.hub.publish(event, turn: turn, source: source, audience: audience)
            }
            for client in audience { offerHandle(to: client) }
        }
        if let next = clients[id]?.watch?.policy.ended() { startWatch(of: id, at: next) }
    }

    func finishNotice(_ running: RunningAsk, _ change: PictureChange) {
        let text = running.ask.text
        if text.contains(where: { !$0.isWhitespace }) {
            running.hub.publish(
                .observation(Observation(text: text, source: "camera", score: change.share, time: .seconds(change.offset))),
                source: "camera")
        }
        if let next = sessions[running.session]?.notices.ended() {
            startNotice(of: next.change, at: next.fork, in: running.session)
        }
    }
}
