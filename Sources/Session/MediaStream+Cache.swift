import Decoder
import Interleaver
import Media
import Tools

/// What the stream keeps in its cache, and what it forgets.
extension MediaStream {
    mutating func ingest(
        _ rows: InputRows, modality: StreamModality, from: MediaTime, to: MediaTime, extending: Bool = false, unit: Int64? = nil
    ) {
        let start = cache.nextPosition
        model.decoder.ingest(rows, into: &cache)
        counters.rows[modality, default: 0] += Int(cache.nextPosition - start)
        ledger.record(
            StreamSegment(modality: modality, from: from, to: to, positions: start..<cache.nextPosition, unit: unit), extending: extending)
    }

    mutating func evict() {
        let doomed = eviction.overdue(in: ledger)
        if !doomed.isEmpty { forget(doomed) }
        keepPrefixNear()
    }

    /// A model that never saw its system prompt far away gets it moved up to the oldest row. What is farther back than the
    /// budget's rows, such as a sound of an hour ago, goes, or the prompt could not pass it.
    private mutating func keepPrefixNear() {
        guard let reach, cache.nextPosition - prefixPositions.lowerBound > reach else { return }
        let edge = cache.nextPosition - Int64(eviction.totalRows)
        let far = ledger.segments.filter { $0.unit < edge && $0.unit != clipRows?.start }
        if !far.isEmpty { forget(far) }
        let oldest = ledger.segments.first?.positions.lowerBound ?? cache.nextPosition
        let start = oldest - Int64(prefix.count)
        guard start > prefixPositions.lowerBound else { return }
        prefixPositions = model.decoder.movePrefix(prefix, at: prefixPositions, to: start, of: &cache)
    }

    /// Begins another system prompt for the stream as it is now; it is computed apart, piece by piece.
    /// - Parameters:
    ///   - system: nil: as it is.
    ///   - declarations: of functions; nil: as they are.
    func draftPrefix(system: String? = nil, declarations: MarkedText? = nil) -> PrefixDraft {
        let (system, declarations) = (system ?? self.system, declarations ?? self.declarations)
        let rows = InputRows.text(model.format.prefix(system: system, declarations: declarations, thinks: options.thinks))
        let oldest = ledger.segments.first?.positions.lowerBound ?? cache.nextPosition
        return PrefixDraft(
            system: system, declarations: declarations, rows: rows, position: oldest - Int64(rows.count), decoder: model.decoder)
    }

    /// Puts a system prompt in the place of the one that is there. What was seen and heard before stays what the old one made of it.
    mutating func take(_ draft: PrefixDraft) {
        prefixPositions = model.decoder.replacePrefix(at: prefixPositions, by: draft.stream, of: &cache)
        prefix = draft.rows
        system = draft.system
        declarations = draft.declarations
        keepPrefixNear()
    }

    private mutating func forget(_ doomed: [StreamSegment]) {
        let newestFrame = ledger.segments.last { $0.modality == .video }
        counters.evictedRows += doomed.reduce(0) { $0 + $1.rowCount }
        remove(doomed)
        // Whatever the budget, the model goes on knowing what is switched off.
        for (modality, position) in notes where doomed.contains(where: { $0.positions.lowerBound == position }) {
            tell(modality, isOff: true, at: nil)
        }
        // What was told of later frames means nothing without the frame it was told of; and the present is told anew.
        if let whole = video?.wholeFrame, doomed.contains(where: { $0.positions.lowerBound == whole }), let newestFrame,
            newestFrame.positions.lowerBound > whole || !ledger.segments.contains(where: { $0.modality == .video }),
            let told = video?.whole()
        {
            tell(told, at: newestFrame.to)
        }
    }

    mutating func remove(_ segments: [StreamSegment]) {
        for segment in segments { cache.evict(positions: segment.positions) }
        ledger.remove(segments)
    }
}
