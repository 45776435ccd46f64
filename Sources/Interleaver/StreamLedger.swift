public import Media

/// What one stretch of cache rows holds: the ledger entry by which rows are evicted and answers cite their evidence.
public struct StreamSegment: Sendable, Equatable {
    public let modality: StreamModality
    /// Media time of the first and of the last thing in it.
    public var from: MediaTime
    public var to: MediaTime
    /// Positions of its rows in the decoder's cache; one row a position.
    public var positions: Range<Int64>
    /// Where the whole begins that it is a part of: a sound into which frames fell is one whole of several segments.
    public let unit: Int64

    public var rowCount: Int { positions.count }

    /// - Parameter unit: nil: it is a whole by itself.
    public init(modality: StreamModality, from: MediaTime, to: MediaTime, positions: Range<Int64>, unit: Int64? = nil) {
        self.modality = modality
        self.from = from
        self.to = to
        self.positions = positions
        self.unit = unit ?? positions.lowerBound
    }
}

/// A whole frame, sound or note: what is kept or evicted as one.
public struct StreamUnit: Sendable, Equatable {
    public let modality: StreamModality
    /// Where it begins; its name.
    public let start: Int64
    public var from: MediaTime
    public var to: MediaTime
    public var rowCount: Int
}

/// The segments behind the system prefix, oldest first.
public struct StreamLedger: Sendable {
    public private(set) var segments: [StreamSegment] = []

    public init() {}

    /// Appends, or extends the newest segment when it is of the same whole, follows without a gap and `extending` is set.
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

    /// The wholes that the segments make, in the order in which they began.
    public func units(of modality: StreamModality? = nil) -> [StreamUnit] {
        var units: [StreamUnit] = []
        var index: [Int64: Int] = [:]
        for segment in segments where modality == nil || segment.modality == modality {
            if let known = index[segment.unit] {
                units[known].to = max(units[known].to, segment.to)
                units[known].rowCount += segment.rowCount
            } else {
                index[segment.unit] = units.count
                units.append(
                    StreamUnit(
                        modality: segment.modality, start: segment.unit, from: segment.from, to: segment.to, rowCount: segment.rowCount))
            }
        }
        return units
    }
}
