extension StreamTruth {
    /// Seconds until what was before a recording has left every memory.
    private static let forgotten = 120.0
    private static let ofMemory: Set<StreamMeasure> = [.heard, .last, .ago, .change]

    /// The same later, in another folder.
    /// - Parameter isFirst: nothing went before it.
    func moved(by start: Double, folder: String, isFirst: Bool) -> StreamTruth {
        var moved = self
        moved.frames = frames.map { Frame(time: $0.time + start, image: folder + $0.image) }
        moved.muted = muted.map { Mute(device: $0.device, from: $0.from + start, to: $0.to + start) }
        moved.events = events.map { Event(time: $0.time + start, kind: $0.kind) }
        // The first picture is another one than the last of the recording before.
        if !isFirst { moved.events.append(Event(time: start, kind: "exchange")) }
        moved.observations = observations.map { Change(time: $0.time + start, kind: $0.kind, object: $0.object) }
        moved.words = words.map {
            Words(
                from: $0.from + start, to: $0.to + start, text: $0.text, condition: $0.condition, decibels: $0.decibels,
                answers: $0.answers, typed: $0.typed)
        }
        moved.sounds = sounds.map { Sound(from: $0.from + start, to: $0.to + start, sound: $0.sound) }
        moved.chatter = chatter.map { Span(from: $0.from + start, to: $0.to + start) }
        moved.asks = asks.filter { isFirst || $0.time > Self.forgotten || !Self.ofMemory.contains($0.measure) }.map {
            Ask(
                time: $0.time + start, measure: $0.measure, question: $0.question, answers: $0.answers, objects: $0.objects,
                wording: $0.wording, now: $0.now, after: $0.after)
        }
        moved.instructions = instructions.map { instruction in
            Instruction(
                text: instruction.text, from: instruction.from + start, to: instruction.to + start,
                due: instruction.due.map { Instruction.Due(time: $0.time + start, answers: $0.answers, optional: $0.optional) })
        }
        return moved
    }

    /// - Precondition: at least one, moved to where it belongs.
    init(joining truths: [StreamTruth]) {
        self = truths[0]
        for truth in truths.dropFirst() {
            seconds += truth.seconds
            frames += truth.frames
            muted += truth.muted
            events += truth.events
            observations += truth.observations
            words += truth.words
            sounds += truth.sounds
            chatter += truth.chatter
            asks += truth.asks
            instructions += truth.instructions
        }
        id = truths.map(\.id).joined(separator: "+")
    }
}
