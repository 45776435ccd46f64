import Glibc

/// An instant on CLOCK_MONOTONIC, in nanoseconds: the one time line that audio, video, text and events share.
///
/// Whole nanoseconds in 64 bits reach 292 years, so sums are exact and never drift, which seconds in floating point would.
public struct MediaTime: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public static let zero = MediaTime(nanoseconds: 0)

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Rounded to the nearest nanosecond; what does not fit (or is not a number) is clamped to the range of the type.
    public init(seconds: Double) {
        let scaled = (seconds * 1e9).rounded()
        nanoseconds = Int64(exactly: scaled) ?? (scaled > 0 ? .max : scaled < 0 ? .min : 0)
    }

    /// The time of sample (or frame) `index` of a stream that has `rate` of them a second, counted from zero.
    ///
    /// Exact integer arithmetic, rounded down: index x 10⁹ / rate, so a long stream's times do not drift.
    public init(index: Int, rate: Int) {
        let (whole, rest) = index.quotientAndRemainder(dividingBy: rate)
        nanoseconds = Int64(whole) * 1_000_000_000 + Int64(rest) * 1_000_000_000 / Int64(rate)
    }

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    /// The time now, on CLOCK_MONOTONIC.
    public static func now() -> MediaTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MediaTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    public func adding(seconds: Double) -> MediaTime { self + MediaTime(seconds: seconds) }

    public static func < (left: MediaTime, right: MediaTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturating, so that no arithmetic on times from outside can trap.
    public static func + (left: MediaTime, right: MediaTime) -> MediaTime {
        let (sum, overflow) = left.nanoseconds.addingReportingOverflow(right.nanoseconds)
        return MediaTime(nanoseconds: overflow ? (right.nanoseconds > 0 ? .max : .min) : sum)
    }

    public static func - (left: MediaTime, right: MediaTime) -> MediaTime {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return MediaTime(nanoseconds: overflow ? (right.nanoseconds < 0 ? .max : .min) : difference)
    }
}
