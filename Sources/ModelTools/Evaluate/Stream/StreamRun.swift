/// Plays one recording to a host and does to it what its truth says, at the times it says.
package struct StreamRun {
    let recording: StreamSet.Recording
    let host: any StreamHost

    /// Nothing of a sound is asked for afresh unless all of it, and the silence that ends it, is in the stream.
    private static let silence = StreamAgenda.answerDelay

    package init(recording: StreamSet.Recording, host: any StreamHost) {
        self.recording = recording
        self.host = host
    }

    /// - Parameter progress: called with the seconds of it that were played.
    package func run(progress: (Double) -> Void = { _ in }) async throws -> StreamRecord {
        let truth = recording.truth
        var record = StreamRecord()
        for (time, action) in StreamAgenda(truth).actions {
            try await host.advance(to: time)
            progress(time)
            switch action {
            case .mute(let device, let isOff): try await host.setMuted(isOff, device)
            case .follow(let number): try await host.follow(truth.instructions[number].text, number: number)
            case .unfollow(let number): try await host.unfollow(number: number)
            case .type(let number):
                let words = truth.words[number]
                record.typed[number] = try await host.ask(words.typed ?? words.text, after: [])
            case .ask(let number):
                let ask = truth.asks[number]
                record.answers[number] = try await host.ask(ask.question, after: ask.after ?? [])
                if ask.now == true, let glimpse = glimpse(of: ask) {
                    record.fresh[number] = try await host.askAfresh(ask.question, glimpse)
                }
            }
        }
        record.cost = try await host.finish()
        progress(truth.seconds)
        record.notes = host.notes
        return record
    }

    /// What alone an answer depends on; nil while the device that would tell is muted.
    private func glimpse(of ask: StreamTruth.Ask) -> Glimpse? {
        let truth = recording.truth
        let device: StreamTruth.Mute.Device = ask.measure == .heard ? .microphone : .camera
        guard !truth.muted.contains(where: { $0.device == device && $0.from <= ask.time && ask.time < $0.to }) else { return nil }
        guard device == .microphone else {
            return truth.frames.last { $0.time <= ask.time }.map { .frame(recording.file($0.image)) }
        }
        let spans = truth.words.map { ($0.from, $0.to) } + truth.sounds.map { ($0.from, $0.to) } + truth.chatter.map { ($0.from, $0.to) }
        return spans.filter { $0.1 + Self.silence <= ask.time }.max { $0.1 < $1.1 }.map { .sound(StreamSound.Span(from: $0.0, to: $0.1)) }
    }
}
