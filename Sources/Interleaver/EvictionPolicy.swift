/// How much the stream may hold: cache rows in all and by modality, and how many frames and sounds. The system prefix is
/// outside of it and never goes.
///
/// Only wholes are evicted, oldest first: half a frame or half a sentence would be worse than none. The newest frame and the
/// newest sound stay whatever the budgets say, so that "now" can always be answered.
public struct EvictionPolicy: Sendable, Equatable {
    public var totalRows: Int
    /// Where more than `totalRows` there are, so many stay; nil: `totalRows`.
    public var targetRows: Int?
    public var videoRows: Int
    public var audioRows: Int
    public var textRows: Int
    /// Frames and sounds at once; `.max`: as many as their rows hold.
    public var frames: Int
    public var sounds: Int
    /// The newest frames that stay whatever the budgets say, 1 at least.
    public var minimumFrames: Int

    public init(
        totalRows: Int, videoRows: Int, audioRows: Int, textRows: Int, frames: Int = .max, sounds: Int = .max, minimumFrames: Int = 1
    ) {
        self.totalRows = totalRows
        self.videoRows = videoRows
        self.audioRows = audioRows
        self.textRows = textRows
        self.frames = frames
        self.sounds = sounds
        self.minimumFrames = minimumFrames
    }

    public func rows(of modality: StreamModality) -> Int {
        switch modality {
        case .audio: audioRows
        case .video: videoRows
        case .text: textRows
        }
    }

    /// How many wholes of a modality there may be.
    public func count(of modality: StreamModality) -> Int {
        switch modality {
        case .audio: sounds
        case .video: frames
        case .text: .max
        }
    }

    /// The segments that have to go so that every budget holds: those of whole frames, sounds and notes, the oldest first.
    /// A sound that is still going on is the newest one, and stays.
    public func overdue(in ledger: StreamLedger) -> [StreamSegment] {
        let units = ledger.units()
        var rows: [StreamModality: Int] = [:]
        var counts: [StreamModality: Int] = [:]
        for unit in units {
            rows[unit.modality, default: 0] += unit.rowCount
            counts[unit.modality, default: 0] += 1
        }
        var total = rows.values.reduce(0, +)
        let most = total > totalRows ? min(targetRows ?? totalRows, totalRows) : totalRows
        let kept = Set(
            units.filter { $0.modality == .video }.suffix(max(1, minimumFrames)).map(\.start)
                + units.filter { $0.modality == .audio }.suffix(1).map(\.start))
        var doomed: Set<Int64> = []
        for unit in units where !kept.contains(unit.start) {
            let modality = unit.modality
            guard
                total > most || rows[modality, default: 0] > self.rows(of: modality)
                    || counts[modality, default: 0] > count(of: modality)
            else { continue }
            doomed.insert(unit.start)
            total -= unit.rowCount
            rows[modality, default: 0] -= unit.rowCount
            counts[modality, default: 0] -= 1
        }
        return doomed.isEmpty ? [] : ledger.segments.filter { doomed.contains($0.unit) }
    }
}
