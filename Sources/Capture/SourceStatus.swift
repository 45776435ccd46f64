import Synchronization

/// What a source does now and what it has been through since it was started.
public struct SourceStatus: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        case stopped
        /// Opening for the first time.
        case starting
        case running
        /// The device is missing or failed; it is being retried. Or nothing of a recording can be shown or heard, whether it goes on or
        /// is over.
        case lost
        /// The file is over.
        case ended
    }

    /// As in the configuration, for example `alsa:default`.
    public var source: String
    public var state: State
    /// The format in words; while lost: the reason and the remedy.
    public var detail: String
    /// Samples at 16 kHz, or frames, handed to the reader.
    public var delivered: Int
    /// Samples at 16 kHz, or frames, that the reader was too slow for.
    public var dropped: Int
    /// Times the device's own buffer ran over.
    public var overruns: Int
    /// Times the device was suspended.
    public var suspends: Int
    /// Gaps told to the reader.
    public var gaps: Int
    /// Times the device was opened again after it was lost.
    public var restarts: Int
    /// Frames of a file that could not be read and were passed over.
    public var damaged: Int
    /// Pictures that were shown although their decoder complained.
    public var warnings: Int
    /// Turns of the device's thread, which goes on turning while it waits: a count that stands still is a thread that hangs in a
    /// driver. nil for a source without a thread.
    public var beats: Int?
    /// Seconds a second by which a device's own clock is slow (> 0) or fast against CLOCK_MONOTONIC; its samples' times are
    /// corrected by that. nil where frames carry times of their own.
    public var clockDrift: Double?

    package init(
        source: String, state: State, detail: String = "", delivered: Int = 0, dropped: Int = 0, overruns: Int = 0, suspends: Int = 0,
        gaps: Int = 0, restarts: Int = 0, damaged: Int = 0, warnings: Int = 0, beats: Int? = nil
    ) {
        self.source = source
        self.state = state
        self.detail = detail
        self.delivered = delivered
        self.dropped = dropped
        self.overruns = overruns
        self.suspends = suspends
        self.gaps = gaps
        self.restarts = restarts
        self.damaged = damaged
        self.warnings = warnings
        self.beats = beats
    }
}

/// The live side of `SourceStatus`: counters without locks for the device thread, the words behind a lock for rare changes.
final class StatusBoard: Sendable {
    private struct Words {
        var state: SourceStatus.State
        var detail: String
        /// What was said when the device was opened last.
        var opened = ""
    }

    private let source: String
    private let words: Mutex<Words>
    let delivered = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)
    let overruns = Atomic<Int>(0)
    let suspends = Atomic<Int>(0)
    let gaps = Atomic<Int>(0)
    let restarts = Atomic<Int>(0)
    let damaged = Atomic<Int>(0)
    let warnings = Atomic<Int>(0)
    let beats = Atomic<Int>(0)
    private let hasThread: Bool

    init(source: String, detail: String = "", hasThread: Bool = false) {
        self.source = source
        self.hasThread = hasThread
        words = Mutex(Words(state: .stopped, detail: detail))
    }

    func set(_ state: SourceStatus.State, _ detail: String) {
        words.withLock { words in
            words.state = state
            words.detail = detail
            if state == .running { words.opened = detail }
        }
    }

    /// Data comes again, of the device as it was opened.
    func runAgain() {
        words.withLock { words in
            words.state = .running
            words.detail = words.opened
        }
    }

    func set(_ state: SourceStatus.State) {
        words.withLock { $0.state = state }
    }

    /// A file is over. One that gave nothing stays lost: that it ended is not what its reader has to know.
    func end() {
        words.withLock { if $0.state != .lost { $0.state = .ended } }
    }

    /// A start begins a new count.
    func reset() {
        delivered.store(0, ordering: .relaxed)
        dropped.store(0, ordering: .relaxed)
        overruns.store(0, ordering: .relaxed)
        suspends.store(0, ordering: .relaxed)
        gaps.store(0, ordering: .relaxed)
        restarts.store(0, ordering: .relaxed)
        damaged.store(0, ordering: .relaxed)
        warnings.store(0, ordering: .relaxed)
    }

    var snapshot: SourceStatus {
        let now = words.withLock { $0 }
        return SourceStatus(
            source: source, state: now.state, detail: now.detail,
            delivered: delivered.load(ordering: .relaxed), dropped: dropped.load(ordering: .relaxed),
            overruns: overruns.load(ordering: .relaxed), suspends: suspends.load(ordering: .relaxed),
            gaps: gaps.load(ordering: .relaxed), restarts: restarts.load(ordering: .relaxed),
            damaged: damaged.load(ordering: .relaxed), warnings: warnings.load(ordering: .relaxed),
            beats: hasThread ? beats.load(ordering: .relaxed) : nil)
    }
}
