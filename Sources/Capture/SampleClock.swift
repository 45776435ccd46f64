package import Media

/// When each sample of a device was captured: the device's own clock against CLOCK_MONOTONIC, smoothed.
///
/// Time stamps jitter by the scheduling of interrupts, and the device's crystal is off by up to some hundred parts per
/// million. A second-order delay-locked loop (F. Adriaensen, "Using a DLL to filter time", LAC 2005) follows offset and rate:
/// jitter is averaged away, drift is followed, and the times of consecutive samples stay evenly spaced.
package struct SampleClock: Sendable {
    private let nominalPeriod: Double
    private var origin = MediaTime.zero
    /// Seconds after `origin` at which sample `index` was captured, by the loop.
    private var offset = 0.0
    private var index = 0
    /// Seconds a sample, by the loop.
    private var period: Double
    private var elapsed = 0.0
    private var outliers = 0
    package private(set) var isSet = false

    /// Further off than this is a jump, not jitter.
    package static let jump = 0.05
    /// One wild stamp is a slip of the driver's; this many in a row are the truth.
    package static let outlierLimit = 3
    /// Crystals stay well within this.
    private static let largestDrift = 1e-3
    /// The loop's final bandwidth in Hz; it starts at 1 Hz and narrows while it settles.
    private static let bandwidth = 0.05

    package init(rate: Int) {
        nominalPeriod = 1 / Double(rate)
        period = nominalPeriod
    }

    /// Seconds by which the device's clock is slow (> 0) or fast, per second.
    package var drift: Double { period / nominalPeriod - 1 }

    /// Sample `index` was captured at `time`. Indices must not fall.
    ///
    /// - Returns: seconds that the time line jumped forward here (sound is missing that nobody reported), else 0.
    @discardableResult
    package mutating func anchor(index newIndex: Int, time: MediaTime) -> Double {
        guard isSet else {
            snap(newIndex, time)
            return 0
        }
        let samples = Double(newIndex - index)
        let predicted = offset + samples * period
        let error = (time - origin).seconds - predicted
        guard abs(error) <= Self.jump else {
            outliers += 1
            guard outliers >= Self.outlierLimit else { return 0 }
            snap(newIndex, time)
            return max(error, 0)
        }
        outliers = 0
        guard samples > 0 else { return 0 }
        let interval = samples * nominalPeriod
        elapsed += interval
        let bandwidth = max(Self.bandwidth, 1 / (1 + elapsed))
        let omega = min(2 * Double.pi * bandwidth * interval, 0.5)
        offset = predicted + 2.0.squareRoot() * omega * error
        period += omega * omega * error / samples
        let range = nominalPeriod * Self.largestDrift
        period = min(max(period, nominalPeriod - range), nominalPeriod + range)
        index = newIndex
        return 0
    }

    /// When the sample at this (fractional) index was captured.
    package func time(at position: Double) -> MediaTime {
        origin.adding(seconds: offset + (position - Double(index)) * period)
    }

    private mutating func snap(_ newIndex: Int, _ time: MediaTime) {
        origin = time
        offset = 0
        index = newIndex
        outliers = 0
        isSet = true
    }
}
