public import Media

/// What one stretch of cache rows holds: the ledger entry by which rows are evicted and answers cite their evidence.
public struct StreamSegment: Sendable, Equatable {
    public let modality: StreamModality
    /// Media time of the first and of the last thing in it.
    public var from: MediaTime
    public var to: MediaTime
    /// Positions of its rows in the decoder's cache; one row a position.
    public var positions: Range<Int64>

    public var rowCount: Int { positions.count }

    public init(modality: StreamModality, from: MediaTime, to: MediaTime, positions: Range<Int64>) {
        self.modality = modality
        self.from = from
        self.to = to
        self.positions = positions
    }
}

/// The segments behind the system prefix, oldest first.
public struct StreamLedger: Sendable {
    public private(set) var segments: [StreamSegment] = []

    public init() {}

    /// Appends, or extends the newest segment when it is of the same modality and `extending` is set.
    public mutating func record(_ segment: StreamSegment, extending: Bool = false) {
        if extending, let last = segments.indices.last, segments[last].modality == segment.modality,
            segments[last].positions.upperBound == segment.positions.lowerBound
        {
            segments[last].to = segment.to
            segments[last].positions = segments[last].positions.lowerBound..<segment.positions.upperBound
        } else {
            segments.append(segment)
        }
    }

    /// The newest segment of a modality was seen to hold still: a frame that did not change.
    public mutating func confirm(_ modality: StreamModality, at time: MediaTime) {
        guard let index = segments.lastIndex(where: { $0.modality == modality }) else { return }
        segments[index].to = max(segments[index].to, time)
    }

    public mutating func remove(_ doomed: [StreamSegment]) {
        let starts = Set(doomed.map(\.positions.lowerBound))
        segments.removeAll { starts.contains($0.positions.lowerBound) }
    }

    public func rows(of modality: StreamModality? = nil) -> Int {
        segments.reduce(0) { $0 + (modality == nil || $1.modality == modality ? $1.rowCount : 0) }
    }
}
