package import Media

/// Keeps a camera that cannot run slowly at the configured rate: frames that come too early are left out, by plan and not as
/// drops, on the camera's own thread: what is left out there is never copied.
package struct FrameThinner: Sendable {
    private let period: Double
    /// When the next frame is due; nil before the first.
    private var due: MediaTime?

    package init(framesPerSecond: Double) {
        period = 1 / framesPerSecond
    }

    /// Whether the frame of this time is due.
    package mutating func admit(_ time: MediaTime) -> Bool {
        guard let due else {
            self.due = time.adding(seconds: period)
            return true
        }
        let late = (time - due).seconds
        // A tenth of a period early is in time, so that a jittering camera of just the right rate keeps all frames.
        // Far too early is a clock that went back.
        guard late >= -0.1 * period || late < -1.5 * period else { return false }
        self.due = (abs(late) < period ? due : time).adding(seconds: period)
        return true
    }
}
