import AudioEncoder
import Media

/// Lets sound through and keeps silence out: silence adds no tokens.
///
/// Sound is let through from before its detected onset (the detector looks back), so recent samples are kept:
/// `ActivityDetector.maximumLookback` of them, and no more.
struct AudioGate: Sendable {
    enum Piece: Sendable {
        case began(speech: Bool, at: MediaTime)
        /// Sound that goes on turned out to be speech, or stopped being it.
        case became(speech: Bool, at: MediaTime)
        case samples([Float], start: MediaTime)
        case ended(speech: Bool, lastHeard: MediaTime)
    }

    let parameters: ActivityParameters
    private var detector: ActivityDetector
    private let lookback: Int
    /// Samples from index `historyStart` on, counted since the gate was made.
    private var history: [Float] = []
    private var historyStart = 0
    /// Index of the first sample that was not let through yet; nil in silence.
    private var next: Int?
    private var speaking = false

    init(parameters: ActivityParameters) {
        self.parameters = parameters
        detector = ActivityDetector(parameters: parameters)
        lookback = detector.maximumLookback
    }

    mutating func push(_ block: AudioBlock) -> [Piece] {
        let base = historyStart + history.count
        func time(_ index: Int) -> MediaTime {
            block.start.adding(seconds: Double(index - base) / Double(AudioBlock.sampleRate))
        }
        history += block.samples
        var pieces: [Piece] = []
        for transition in detector.push(block.samples) {
            let speech = transition.activity == .speech
            switch (next, transition.activity) {
            case (nil, .silence):
                break
            case (nil, _):
                next = max(transition.start, historyStart)
                pieces.append(.began(speech: speech, at: time(transition.start)))
            case (_, .silence):
                letThrough(upTo: transition.start, time: time, into: &pieces)
                pieces.append(.ended(speech: speaking, lastHeard: time(transition.lastHeard)))
                next = nil
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
