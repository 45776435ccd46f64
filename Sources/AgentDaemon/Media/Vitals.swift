package import Capture

/// Whether the threads that feed the stream still move: each counts its turns, and a count that stands still for too long is a
/// thread that hangs in a driver. The engine shows itself: what asks it waits for its answer.
package struct Vitals: Sendable {
    /// Longer than any wait of a thread that is well: five seconds of the ladder, and a slow driver's open.
    package static let patience = Duration.seconds(20)

    private struct Pulse {
        var beats: Int
        var since: ContinuousClock.Instant
    }

    private var pulses: [String: Pulse] = [:]

    package init() {}

    /// - Parameter status: of a device; one that is stopped or has no thread of its own is well.
    package mutating func observe(_ name: String, _ status: SourceStatus, now: ContinuousClock.Instant) {
        guard let beats = status.beats, status.state != .stopped else {
            pulses[name] = nil
            return
        }
        if pulses[name]?.beats != beats { pulses[name] = Pulse(beats: beats, since: now) }
    }

    /// The names of those that have not moved for too long.
    package func stuck(now: ContinuousClock.Instant) -> [String] {
        pulses.filter { now - $0.value.since > Self.patience }.keys.sorted()
    }
}
