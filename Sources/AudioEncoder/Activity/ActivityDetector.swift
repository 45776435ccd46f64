/// What a stretch of sound is.
public enum Activity: String, Sendable, CaseIterable {
    case silence
    case speech
    /// Louder than the background, but not voiced as speech is: a knock, a fan that starts, a tone.
    case otherSound
}

/// The stream becomes something else at a sample.
public struct ActivityTransition: Sendable, Equatable {
    public let activity: Activity
    /// The first sample of the new stretch, a multiple of 160 counted from the stream's start. It lies in the past: by up to
    /// `ActivityDetector.maximumLookback` at a start, where it includes the pre-roll. It never goes back behind the
    /// transition before it.
    public let start: Int
    /// The sample up to which the stream had been heard when this was decided.
    public let decided: Int
    /// When a sound ends: the sample up to which it was heard, before the hang-over. When one starts: `start`.
    public let lastHeard: Int
}

/// The cheap ear that is always open: tells silence, speech and other sound apart, so that silence costs no tokens.
///
/// Each 10 ms, the power in 8 bands is compared with the background's (`NoiseFloor`), and periodicity at the pitch of a
/// voice is measured. Loud in two bands, or very loud in one, is sound; loud in three and voiced is speech. A start needs
/// some voiced hops (`prefixPaddingMilliseconds`), an end a time without any (`silenceDurationMilliseconds`). No training,
/// no randomness: the same samples give the same transitions however they are divided into pushes. Singing and music are
/// speech to it, whispering is other sound, and a stream that opens in noise is other sound for its first 0.8 s.
///
/// A value of constant size; about 0.1 % of a core.
public struct ActivityDetector: Sendable {
    private static let hop = HopAnalysis.samplesPerHop
    /// A voiceless sound belongs to the word up to 200 ms before its first voiced hop, and up to 300 ms after the last.
    private static let voicelessBefore = 20
    private static let voicelessAfter = 30
    /// Other sound: loud in 6 of the last 10 hops; over when not loud for 300 ms.
    private static let soundHops = 10
    private static let soundHopsNeeded = 6
    private static let soundHangover = 30
    /// Nothing under -65 dB of full scale is a sound.
    private static let leastPower = 3.2e-7
    /// 15 dB over the background is a sound even in one band: a whistle, a hum that starts.
    private static let farRatio = 32.0
    /// A band counts only within 25 dB of the strongest, or the leakage of the analysis window makes a tone broad.
    private static let leakage = 3.2e-3

    public let parameters: ActivityParameters
    /// What the stream is now.
    public private(set) var activity = Activity.silence
    /// Samples heard, in whole hops of 160.
    public private(set) var position = 0

    private var analysis = HopAnalysis()
    private var background = NoiseFloor()
    /// Whether each of the last hops was loud or voiced, newest first, one bit a hop.
    private var loudHops: UInt64 = 0
    private var voicedHops: UInt64 = 0
    /// The hop in which the present loud stretch began; shorter gaps than 150 ms do not end it.
    private var loudSince = 0
    private var lastLoud = -1_000
    private var lastVoiced = -1_000
    private var lastSpeech = -1_000
    private var lastStart = 0

    public init(parameters: ActivityParameters = ActivityParameters()) {
        self.parameters = parameters.limited
    }

    /// How many samples before the last decided one a new stretch can begin: what a caller must keep who acts on starts.
    public var maximumLookback: Int {
        (onsetWindow + Self.voicelessBefore) * Self.hop + parameters.prerollMilliseconds * 16
    }

    private var voicedHopsNeeded: Int { parameters.prefixPaddingMilliseconds / 10 }
    /// They may be spread over a little more than twice their time: 200 ms for 40 ms, and never more than a word of bits.
    private var onsetWindow: Int { min(2 * voicedHopsNeeded + 12, 60) }

    /// Adds any number of 16 kHz samples in [-1, 1]; one that is not finite counts as 0.
    /// - Returns: the transitions decided by them, in order.
    public mutating func push(_ samples: [Float]) -> [ActivityTransition] {
        var transitions: [ActivityTransition] = []
        var analysis = analysis
        analysis.push(samples) { features in
            if let transition = step(features) { transitions.append(transition) }
        }
        self.analysis = analysis
        return transitions
    }

    private mutating func step(_ features: HopFeatures) -> ActivityTransition? {
        let index = position / Self.hop
        position += Self.hop
        background.update(features.bands)
        observe(features, hop: index)

        switch activity {
        case .silence, .otherSound:
            let recent = voicedHops & ((1 << UInt64(onsetWindow)) - 1)
            if recent.nonzeroBitCount >= voicedHopsNeeded {
                let firstVoiced = index - (63 - recent.leadingZeroBitCount)
                lastSpeech = index
                return begin(.speech, hop: max(loudSince, firstVoiced - Self.voicelessBefore))
            }
            if activity == .silence, isSounding { return begin(.otherSound, hop: loudSince) }
            if activity == .otherSound, index - lastLoud >= Self.soundHangover { return end(.silence, lastHop: lastLoud) }
        case .speech:
            if index - lastSpeech >= parameters.silenceDurationMilliseconds / 10 {
                return end(isSounding ? .otherSound : .silence, lastHop: lastSpeech)
            }
        }
        return nil
    }

    private mutating func observe(_ features: HopFeatures, hop index: Int) {
        let speaking = activity == .speech
        let wary = (speaking ? parameters.endOfSpeechSensitivity : parameters.startOfSpeechSensitivity) == .low
        // While speech goes on, low sensitivity means that less is enough for it.
        let ratio = wary ? (speaking ? 4.0 : 16.0) : 8.0  // 6, 12, 9 dB
        let voicing = wary ? (speaking ? 0.45 : 0.65) : 0.55
        let strongest = background.smoothed.max() ?? 0
        var over = 0
        var farOver = false
        for band in background.smoothed.indices {
            // The smoothed power takes 400 ms to fall by 60 dB; four times the hop's own ends with the sound.
            let power = min(background.smoothed[band], 4 * features.bands[band])
            if power > max(ratio * background.floor[band], Self.leakage * strongest) { over += 1 }
            if power > Self.farRatio * background.floor[band] { farOver = true }
        }
        let loud = (over >= 2 || farOver) && background.smoothed.reduce(0, +) > Self.leastPower
        let voiced = loud && over >= 3 && features.voicing() >= voicing
        loudHops = loudHops << 1 | (loud ? 1 : 0)
        voicedHops = voicedHops << 1 | (voiced ? 1 : 0)
        if loud {
            if index - lastLoud > 15 { loudSince = index }
            lastLoud = index
        }
        if voiced { lastVoiced = index }
        if voiced || (loud && index - lastVoiced <= Self.voicelessAfter) { lastSpeech = index }
    }

    private var isSounding: Bool {
        (loudHops & ((1 << UInt64(Self.soundHops)) - 1)).nonzeroBitCount >= Self.soundHopsNeeded
    }

    /// `hop` is the first that was heard; the stretch begins before it by the pre-roll.
    private mutating func begin(_ next: Activity, hop: Int) -> ActivityTransition {
        let earliest = max(hop * Self.hop - parameters.prerollMilliseconds / 10 * Self.hop, position - maximumLookback)
        lastStart = max(lastStart, earliest)
        activity = next
        return ActivityTransition(activity: next, start: lastStart, decided: position, lastHeard: lastStart)
    }

    private mutating func end(_ next: Activity, lastHop: Int) -> ActivityTransition {
        lastStart = position
        activity = next
        return ActivityTransition(activity: next, start: position, decided: position, lastHeard: (lastHop + 1) * Self.hop)
    }
}
