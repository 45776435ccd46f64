import AgentProtocol
import Decoder
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
    private let usage: Usage

    init(cache: DecoderStream, media: InputRows, stamp: String, evidence: Evidence, mutes: Int, usage: Usage) {
        self.cache = cache
        self.media = media
        self.stamp = stamp
        self.evidence = evidence
        self.mutes = mutes
        self.usage = usage
    }

    /// - Parameter rows: that the question adds to the cache.
    func usage(questionRows rows: Int) -> Usage {
        var usage = usage
        usage.promptTokens += rows
        usage.promptDetails["TEXT", default: 0] += rows
        return usage
    }
}

extension MediaStream {
    /// The stream for what is asked about this moment. A sound that is still going on is closed in the fork: its last tokens
    /// are flushed from a copy of the encoder's state, so the stream itself is not touched.
    func fork() -> StreamFork {
        let media = closingRows()
        let isEmpty = isEmpty && media.count == 0
        return StreamFork(
            cache: cache, media: media, stamp: model.format.questionStamp(time, first: isEmpty), evidence: evidence(now: .now()),
            mutes: mutes, usage: usage())
    }
}
