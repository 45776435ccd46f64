/// How many cache rows the stream may hold, in all and by modality. The system prefix is outside of it and never goes.
///
/// Vision gets a short window (a frame shows the present), audio and text longer ones. Whole segments are evicted,
/// oldest first: half a frame would be worse than none.
public struct EvictionPolicy: Sendable, Equatable {
    public var totalRows: Int
    public var videoRows: Int
    public var audioRows: Int
    public var textRows: Int
    /// The newest frames that stay whatever the budget says, so that the present is always visible.
    public var minimumFrames: Int

    public init(totalRows: Int = 4096, videoRows: Int = 2048, audioRows: Int = 2048, textRows: Int = 1024, minimumFrames: Int = 1) {
        self.totalRows = totalRows
        self.videoRows = videoRows
        self.audioRows = audioRows
        self.textRows = textRows
        self.minimumFrames = minimumFrames
    }

    public func rows(of modality: StreamModality) -> Int {
        switch modality {
        case .audio: audioRows
        case .video: videoRows
        case .text: textRows
        }
    }

    /// The segments that have to go, oldest first, so that every budget holds.
    /// - Parameter open: the modality of the newest segment if it is still growing; that segment stays.
    public func overdue(in ledger: StreamLedger, open: StreamModality? = nil) -> [StreamSegment] {
        var protected = Set(ledger.segments.filter { $0.modality == .video }.suffix(minimumFrames).map(\.positions.lowerBound))
        if let open, let last = ledger.segments.last, last.modality == open { protected.insert(last.positions.lowerBound) }
        var rows = Dictionary(uniqueKeysWithValues: StreamModality.allCases.map { ($0, ledger.rows(of: $0)) })
        var total = ledger.rows()
        var doomed: [StreamSegment] = []
        for segment in ledger.segments where !protected.contains(segment.positions.lowerBound) {
            guard total > totalRows || rows[segment.modality, default: 0] > self.rows(of: segment.modality) else { continue }
            doomed.append(segment)
            total -= segment.rowCount
            rows[segment.modality, default: 0] -= segment.rowCount
        }
        return doomed
    }
}
