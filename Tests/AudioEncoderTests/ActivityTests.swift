import AudioEncoder
import Foundation
import Testing

@Suite struct ActivityTests {
    private static let rate = Signal.sampleRate

    private func transitions(_ samples: [Float], _ change: (inout ActivityParameters) -> Void = { _ in }) -> [ActivityTransition] {
        var parameters = ActivityParameters()
        change(&parameters)
        var detector = ActivityDetector(parameters: parameters)
        return detector.push(samples)
    }

    /// No speech is heard in noise, and nothing at all once it is known as the background.
    @Test(arguments: [1e-4, 0.003, 0.3] as [Float], [false, true])
    func steadyNoiseIsNeverSpeech(level: Float, pink: Bool) {
        let noise = pink ? Signal.pinkNoise(seconds: 12, level: level, seed: 21) : Signal.whiteNoise(seconds: 12, level: level, seed: 22)
        let heard = transitions(noise)
        #expect(!heard.contains { $0.activity == .speech })
        #expect(heard.allSatisfy { $0.decided < 2 * Self.rate })
        #expect(heard.isEmpty || heard.last?.activity == .silence)
    }

    @Test func minutesOfDigitalSilenceAreSilence() {
        var detector = ActivityDetector()
        let minute = Signal.silence(seconds: 60)
        for _ in 0..<2 { #expect(detector.push(minute).isEmpty) }
        #expect(detector.activity == .silence)
        #expect(detector.position == 2 * 60 * Self.rate)
    }

    /// A fan that starts is another sound, until it is the background.
    @Test func louderNoiseIsAnotherSoundUntilItIsTheBackground() {
        let noise = Signal.pinkNoise(seconds: 14, level: 0.003, seed: 23)
        let onset = 6 * Self.rate
        let samples = noise.enumerated().map { $0.offset < onset ? $0.element : $0.element * 20 }
        let heard = transitions(samples).filter { $0.decided > onset }
        #expect(heard.map(\.activity) == [.otherSound, .silence])
        #expect(heard.first.map { $0.decided <= onset + Self.rate / 5 } == true)
        #expect(heard.last.map { $0.decided <= onset + 5 * Self.rate } == true)
    }

    @Test func aToneIsAnotherSound() {
        let samples = Signal.silence(seconds: 3) + Signal.tone(1_000, seconds: 0.5, level: 0.3) + Signal.silence(seconds: 2)
        let heard = transitions(samples)
        #expect(heard.map(\.activity) == [.otherSound, .silence])
    }

    /// Speech over noise starts within 200 ms, begins early enough to hold its onset, and ends after the hang-over.
    @Test(arguments: [10, 20] as [Float], [false, true])
    func speechIsHeard(signalToNoise: Float, pink: Bool) throws {
        let (onset, length) = (5 * Self.rate, 2 * Self.rate)
        let level: Float = 0.05
        let noiseLevel = level / Float(signal: signalToNoise)
        let noise =
            pink ? Signal.pinkNoise(seconds: 10, level: noiseLevel, seed: 24) : Signal.whiteNoise(seconds: 10, level: noiseLevel, seed: 25)
        let speech = Signal.silence(seconds: 5) + Signal.speechLike(seconds: 2, level: level) + Signal.silence(seconds: 3)
        let heard = transitions(Signal.mix(speech, noise)).filter { $0.decided > onset && $0.activity != .otherSound }
        try #require(heard.map(\.activity) == [.speech, .silence])
        #expect(heard[0].decided <= onset + Self.rate / 5)
        #expect(heard[0].start < onset && heard[0].start >= onset - Self.rate / 2)
        let end = onset + length
        #expect(abs(heard[1].lastHeard - end) <= Self.rate / 5)
        #expect(heard[1].decided == heard[1].lastHeard + (600 - 10) * 16 + 160)
        #expect(heard[1].start == heard[1].decided)
    }

    /// A stream that opens with speech is heard at once: no background is known yet.
    @Test func speechAtTheVeryStartIsHeard() throws {
        let heard = transitions(Signal.speechLike(seconds: 1.5, level: 0.1) + Signal.silence(seconds: 1))
        let first = try #require(heard.first { $0.activity == .speech })
        #expect(first.start == 0)
        #expect(first.decided <= Self.rate / 5)
    }

    @Test func pausesShorterThanTheSilenceDurationDoNotEndSpeech() {
        let word = Signal.speechLike(seconds: 0.6, level: 0.1)
        let samples = Signal.silence(seconds: 1) + word + Signal.silence(seconds: 0.4) + word + Signal.silence(seconds: 2)
        let words = { (milliseconds: Int) in
            transitions(samples) { $0.silenceDurationMilliseconds = milliseconds }.count { $0.activity == .speech }
        }
        #expect(words(600) == 1)
        #expect(words(200) == 2)
    }

    @Test func prefixPaddingDelaysTheStart() throws {
        let samples = Signal.silence(seconds: 1) + Signal.speechLike(seconds: 1.5, level: 0.1) + Signal.silence(seconds: 1)
        let decided = { (milliseconds: Int) in
            transitions(samples) { $0.prefixPaddingMilliseconds = milliseconds }.first { $0.activity == .speech }?.decided
        }
        let (early, late) = (try #require(decided(20)), try #require(decided(120)))
        #expect(late - early >= 80 * 16)
    }

    @Test func lowSensitivityHearsLess() {
        // At 3 dB over white noise a voice stands out of it in a few bands only.
        let noise = Signal.whiteNoise(seconds: 7, level: 0.05, seed: 26)
        let speech = Signal.silence(seconds: 4) + Signal.speechLike(seconds: 2, level: 0.07) + Signal.silence(seconds: 1)
        let samples = Signal.mix(speech, noise)
        func hearsSpeech(_ sensitivity: ActivityParameters.Sensitivity) -> Bool {
            transitions(samples) { $0.startOfSpeechSensitivity = sensitivity }.contains { $0.activity == .speech }
        }
        #expect(hearsSpeech(.high))
        #expect(!hearsSpeech(.low))
    }

    @Test(arguments: Division.sweep)
    func anyDivisionGivesTheSameTransitions(division: Division) {
        let speech = Signal.silence(seconds: 1) + Signal.speechLike(seconds: 1, level: 0.1) + Signal.silence(seconds: 1.01)
        let samples = Signal.mix(speech, Signal.whiteNoise(seconds: 3.01, level: 0.005, seed: 27))
        let expected = transitions(samples)
        #expect(expected.contains { $0.activity == .speech })
        var detector = ActivityDetector()
        var heard: [ActivityTransition] = []
        for piece in division.pieces(of: samples) { heard += detector.push(piece) }
        #expect(heard == expected)
    }

    /// The promises about `start` hold in a restless stream: on the grid, never backwards, never beyond the lookback.
    @Test func startsAreOrderedAndBounded() {
        var generator = SeededGenerator(seed: 28)
        var samples: [Float] = []
        for index in 0..<14 {
            let seconds = Double.random(in: 0.1...1.2, using: &generator)
            let level = Float.random(in: 0.001...0.3, using: &generator)
            switch index % 4 {
            case 0: samples += Signal.speechLike(seconds: seconds, level: level, pitch: Double.random(in: 90...260, using: &generator))
            case 1: samples += Signal.silence(seconds: seconds)
            case 2: samples += Signal.whiteNoise(seconds: seconds, level: level, seed: UInt64(index))
            default: samples += Signal.tone(Double.random(in: 100...4_000, using: &generator), seconds: seconds, level: level)
            }
        }
        for silence in [50, 300, 1_000] {
            var parameters = ActivityParameters()
            parameters.silenceDurationMilliseconds = silence
            var detector = ActivityDetector(parameters: parameters)
            var last = ActivityTransition?.none
            for transition in detector.push(samples) {
                #expect(transition.start % 160 == 0 && transition.decided % 160 == 0)
                #expect(transition.start >= last?.start ?? 0)
                #expect(transition.start <= transition.decided)
                #expect(transition.start >= transition.decided - detector.maximumLookback)
                #expect(transition.decided > last?.decided ?? 0)
                #expect(transition.activity != last?.activity ?? .silence)
                last = transition
            }
            #expect(last != nil)
        }
    }

    @Test func absurdSamplesDoNotDeafen() {
        let speech = Signal.speechLike(seconds: 1.5, level: 0.1)
        for value in [Float.nan, .infinity, -3e38] {
            let samples = [Float](repeating: value, count: 1_000) + Signal.silence(seconds: 6) + speech + Signal.silence(seconds: 2)
            let onset = 1_000 + 6 * Self.rate
            #expect(transitions(samples).contains { $0.activity == .speech && $0.decided > onset && $0.decided < onset + Self.rate / 4 })
        }
    }

    @Test func parametersOutOfRangeAreLimited() {
        var parameters = ActivityParameters()
        parameters.prefixPaddingMilliseconds = -5
        parameters.silenceDurationMilliseconds = .max
        parameters.prerollMilliseconds = .min
        let limited = ActivityDetector(parameters: parameters).parameters
        #expect(limited.prefixPaddingMilliseconds == 10)
        #expect(limited.silenceDurationMilliseconds == 10_000)
        #expect(limited.prerollMilliseconds == 0)
    }
}

extension Float {
    /// The ratio of amplitudes that is `decibels`.
    init(signal decibels: Float) {
        self = Float(pow(10, Double(decibels) / 20))
    }
}
