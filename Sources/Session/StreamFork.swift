import AgentProtocol
import Decoder
import Interleaver
import Media

/// A stream at one moment, for what is asked about it: it shares the stream's rows, and stays as it is while that goes on.
struct StreamFork: Sendable {
    let cache: DecoderStream
    /// The rows that close the sound that was going on.
    let media: InputRows
    /// What a question begins with: the time, of a model that is told it.
    let stamp: String
    let evidence: Evidence
    /// How often a device had been muted: a fork from before a mute holds what had to be forgotten.
    let mutes: Int
    /// What the machine itself saw or heard of all that.
    let senses: Set<StreamModality>
    /// Where the system prompt lies.
    let prefixPositions: Range<Int64>
    private let usage: Usage

    init(
        cache: DecoderStream, prefixPositions: Range<Int64>, media: InputRows, stamp: String, evidence: Evidence, mutes: Int,
        senses: Set<StreamModality>, usage: Usage
    ) {
        self.cache = cache
        self.prefixPositions = prefixPositions
        self.media = media
        self.stamp = stamp
        self.evidence = evidence
        self.mutes = mutes
        self.senses = senses
        self.usage = usage
    }

    /// - Parameter rows: what the question adds to the cache, `media` included; its other media rows are pictures that clients sent.
    func usage(adding rows: InputRows) -> Usage {
        var usage = usage
        let (sound, soft) = (media.softCount, rows.softCount)
        usage.promptTokens += rows.count
        usage.promptDetails["AUDIO", default: 0] += sound
        usage.promptDetails["IMAGE", default: 0] += soft - sound
        usage.promptDetails["TEXT", default: 0] += rows.count - soft
        return usage
    }

    /// The same moment behind another system prompt, which ends where the stream's own ends.
    func replacingPrefix(with prefix: DecoderStream, rows: Int) -> StreamFork {
        var (cache, usage) = (cache, usage)
        cache.replace(prefixPositions, with: prefix)
        let more = rows - prefixPositions.count
        usage.promptTokens += more
        usage.cachedTokens = usage.cachedTokens.map { $0 + more }
        usage.promptDetails["TEXT", default: 0] += more
        return StreamFork(
            cache: cache, prefixPositions: prefixPositions.upperBound - Int64(rows)..<prefixPositions.upperBound, media: media,
            stamp: stamp,
            evidence: evidence, mutes: mutes, senses: senses, usage: usage)
    }
}

extension MediaStream {
    /// The stream for what is asked about this moment. A sound that is still going on is closed in the fork: its last tokens
    /// are flushed from a copy of the encoder's state, so the stream itself is not touched.
    func fork() -> StreamFork {
        let media = closingRows()
        let isEmpty = isEmpty && media.count == 0
        let senses = Set(ledger.segments.map(\.modality)).subtracting([.text])
        return StreamFork(
            cache: cache, prefixPositions: prefixPositions, media: media, stamp: model.format.questionStamp(time, first: isEmpty),
            evidence: evidence(now: .now()),
            mutes: mutes, senses: senses.union(media.softCount > 0 ? [.audio] : []), usage: usage())
    }
}
