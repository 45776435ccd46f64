import AudioEncoder
import Media

/// Lets sound through and keeps silence out: silence adds no tokens.
///
/// Sound is let through from before its detected onset (the detector looks back), so recent samples are kept:
/// `ActivityDetector.maximumLookback` of them, and no more. Where a client says itself when it speaks, nothing is detected.
struct AudioGate: Sendable {
    enum Piece: Sendable {
        case began(speech: Bool, at: MediaTime)
        /// Sound that goes on turned out to be speech, or stopped being it.
        case became(speech: Bool, at: MediaTime)
        case samples([Float], start: MediaTime)
        case ended(speech: Bool, lastHeard: MediaTime)
    }

    let parameters: ActivityParameters
    private let listening: Listening
    private var detector: ActivityDetector
    private let lookback: Int
    /// Samples from index `historyStart` on, counted since the gate was made.
    private var history: [Float] = []
    private var historyStart = 0
    /// Index of the first sample that was not let through yet; nil in silence.
    private var next: Int?
    private var speaking = false
    /// The client said that it speaks.
    private var isOpen = false
    /// Where the last block ended.
    private var end = MediaTime.zero

    init(parameters: ActivityParameters, listening: Listening = Listening()) {
        self.parameters = parameters
        self.listening = listening
        detector = ActivityDetector(parameters: parameters)
        lookback = detector.maximumLookback
    }

    /// Without anything that was heard; an activity that is open stays so.
    func renewed(parameters: ActivityParameters) -> AudioGate {
        var gate = AudioGate(parameters: parameters, listening: listening)
        gate.isOpen = isOpen
        gate.end = end
        return gate
    }

    mutating func push(_ block: AudioBlock) -> [Piece] {
        defer { end = block.end }
        guard !listening.isManual else { return pushManually(block) }
        let base = historyStart + history.count
        func time(_ index: Int) -> MediaTime {
            block.start.adding(seconds: Double(index - base) / Double(AudioBlock.sampleRate))
        }
        history += block.samples
        var pieces: [Piece] = []
        if listening.takesAll, next == nil {
            next = base
            pieces.append(.began(speech: false, at: block.start))
        }
        for transition in detector.push(block.samples) {
            let speech = transition.activity == .speech
            switch (next, transition.activity) {
            case (nil, .silence):
                break
            case (nil, _):
                next = max(transition.start, historyStart)
                pieces.append(.began(speech: speech, at: time(transition.start)))
            case (_, .silence) where listening.takesAll && !speaking:
                break
            case (_, .silence):
                letThrough(upTo: transition.start, time: time, into: &pieces)
                pieces.append(.ended(speech: speaking, lastHeard: time(transition.lastHeard)))
                next = nil
                guard listening.takesAll else { break }
                next = max(transition.start, historyStart)
                pieces.append(.began(speech: false, at: time(transition.start)))
            default:
                pieces.append(.became(speech: speech, at: time(transition.start)))
            }
            speaking = speech
        }
        letThrough(upTo: historyStart + history.count, time: time, into: &pieces)
        let excess = history.count - lookback
        if excess > 0 {
            history.removeFirst(excess)
            historyStart += excess
        }
        return pieces
    }

    private mutating func letThrough(upTo end: Int, time: (Int) -> MediaTime, into pieces: inout [Piece]) {
        guard let start = next, start < end else { return }
        pieces.append(.samples(Array(history[start - historyStart..<end - historyStart]), start: time(start)))
        next = end
    }
}

/// What the client says about its own speech.
extension AudioGate {
    /// It begins to speak: what comes next is speech.
    mutating func open() -> [Piece] {
        isOpen = true
        guard next != nil, !speaking else { return [] }
        speaking = true
        return [.became(speech: true, at: end)]
    }

    /// It has spoken.
    mutating func close() -> [Piece] {
        isOpen = false
        guard next != nil else { return [] }
        defer { (next, speaking) = (nil, false) }
        return [.ended(speech: speaking, lastHeard: end)]
    }

    /// Everything while it speaks, and nothing else unless all is taken.
    private mutating func pushManually(_ block: AudioBlock) -> [Piece] {
        guard isOpen || listening.takesAll else { return [] }
        let piece = Piece.samples(block.samples, start: block.start)
        guard next == nil else { return [piece] }
        (next, speaking) = (0, isOpen)
        return [.began(speech: isOpen, at: block.start), piece]
    }
}
