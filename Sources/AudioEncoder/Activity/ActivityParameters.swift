/// How readily the detector decides; the names are those of the Gemini Live API's `automatic_activity_detection`.
public struct ActivityParameters: Sendable, Equatable {
    public enum Sensitivity: String, Sendable, CaseIterable {
        case high
        case low
    }

    /// High: speech starts 9 dB over the background. Low: 12 dB, and it must be more clearly voiced.
    public var startOfSpeechSensitivity = Sensitivity.high
    /// High: what is not clearly speech lets it end. Low: faint or hoarse speech keeps it going.
    public var endOfSpeechSensitivity = Sensitivity.high
    /// How much voiced sound must be heard before a start is decided, in ms; 10...300. Less starts sooner, and errs more.
    public var prefixPaddingMilliseconds = 40
    /// How long no speech must be heard before its end is decided (the hang-over), in ms; 50...10000.
    public var silenceDurationMilliseconds = 600
    /// How much before the first sound of speech its segment begins, in ms, so that a soft onset is not cut; 0...1000.
    public var prerollMilliseconds = 200

    public static let prefixPaddingRange = 10...300
    public static let silenceDurationRange = 50...10_000

    public init() {}

    /// With every value inside its range.
    var limited: ActivityParameters {
        var copy = self
        copy.prefixPaddingMilliseconds = Self.prefixPaddingRange.nearest(to: prefixPaddingMilliseconds)
        copy.silenceDurationMilliseconds = Self.silenceDurationRange.nearest(to: silenceDurationMilliseconds)
        copy.prerollMilliseconds = min(max(prerollMilliseconds, 0), 1_000)
        return copy
    }
}

extension ClosedRange<Int> {
    /// The value in the range that is nearest.
    package func nearest(to value: Int) -> Int { Swift.min(Swift.max(value, lowerBound), upperBound) }
}
