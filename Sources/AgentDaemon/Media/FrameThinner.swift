package import Media

/// Keeps a camera that cannot run slowly at the configured rate: frames that come too early are left out, by plan and
/// not as drops.
package struct FrameThinner: Sendable {
    /// The least distance of two frames, a tenth below the period so that a jittering camera of just the right rate
    /// keeps all of its frames.
    private let distance: Double
    private var last: MediaTime?

    package init(framesPerSecond: Double) {
        distance = 0.9 / framesPerSecond
    }

    /// Whether the frame of this time is due.
    package mutating func admit(_ time: MediaTime) -> Bool {
        if let last, (time - last).seconds < distance, time >= last { return false }
        last = time
        return true
    }
}
