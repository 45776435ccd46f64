/// Consecutive mono samples at 16 kHz, in [-1, 1], with the time of the first one.
public struct AudioBlock: Sendable, Equatable {
    /// The one rate behind capture: every model of the family listens at 16 kHz.
    public static let sampleRate = 16_000

    public var start: MediaTime
    public var samples: [Float]

    public init(start: MediaTime, samples: [Float]) {
        self.start = start
        self.samples = samples
    }

    /// In seconds.
    public var duration: Double { Double(samples.count) / Double(Self.sampleRate) }

    /// The time just after the last sample.
    public var end: MediaTime { start + MediaTime(index: samples.count, rate: Self.sampleRate) }
}
