/// Watches how far the engine is behind the world and lowers the load in fixed order: frame rate, then soft-token
/// budget, then audio grouping. It gives back one step at a time, after a calm period, so that it does not swing.
public struct OverloadGovernor: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Lag in seconds above which one more measure is taken.
        public var raiseAbove = 1.0
        /// Lag below which the stream counts as calm.
        public var calmBelow = 0.3
        /// Seconds between two measures, so that one can show its effect.
        public var settle = 2.0
        /// Calm seconds before one measure is taken back.
        public var recover = 10.0

        public init() {}
    }

    /// How hard the governor brakes; 0 is free running.
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case normal, halfFrameRate, quarterFrameRate, smallFrames, groupedAudio

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        /// Every n-th frame is taken.
        public var frameDivisor: Int {
            switch self {
            case .normal: 1
            case .halfFrameRate: 2
            case .quarterFrameRate, .smallFrames, .groupedAudio: 4
            }
        }

        /// Share of the configured soft-token budget.
        public var softTokenShare: Double { self >= .smallFrames ? 0.5 : 1 }

        /// What of the stream is taken in, as people are told it.
        public var words: String {
            switch self {
            case .normal: "everything"
            case .halfFrameRate: "every second frame"
            case .quarterFrameRate: "every fourth frame"
            case .smallFrames: "every fourth frame, with half its tokens"
            case .groupedAudio: "every fourth frame, with half its tokens, and sound in longer pieces"
            }
        }

        /// Audio tokens that wait for each other before the encoder runs; nil leaves the configured number.
        public var audioGroup: Int? { self >= .groupedAudio ? 12 : nil }
    }

    public let limits: Limits
    public private(set) var level = Level.normal
    private var changedAt = -Double.infinity
    private var calmSince: Double?

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// - Parameters:
    ///   - lag: seconds between an input's media time and the moment it was taken in.
    ///   - now: seconds on any monotonic clock.
    /// - Returns: the new level if it changed; each change is a `health` event.
    public mutating func observe(lag: Double, now: Double) -> Level? {
        if lag > limits.raiseAbove {
            calmSince = nil
            guard now - changedAt >= limits.settle, let next = Level(rawValue: level.rawValue + 1) else { return nil }
            return change(to: next, now: now)
        }
        guard lag < limits.calmBelow else {
            calmSince = nil
            return nil
        }
        let since = calmSince ?? now
        calmSince = since
        guard now - since >= limits.recover, let previous = Level(rawValue: level.rawValue - 1) else { return nil }
        return change(to: previous, now: now)
    }

    private mutating func change(to next: Level, now: Double) -> Level {
        level = next
        changedAt = now
        calmSince = nil
        return next
    }
}
