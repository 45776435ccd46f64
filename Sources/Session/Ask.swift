import Checkpoint
import Decoder
import Media

/// A question on a fork of the stream: its own rows and the answer's go to the fork, the stream grows on undisturbed.
///
/// Work is cut into steps of at most `rowsPerStep` prefilled rows or one generated token, so an ask is cancelled, and
/// the stream served, within one step.
struct Ask: Sendable {
    enum Progress: Sendable, Equatable {
        /// Rows of the question were taken in.
        case prefilled
        /// A token was generated; the text may be empty while half a character waits for its rest.
        case delta(String)
        case finished(Reason)
    }

    enum Reason: String, Sendable {
        case stop = "STOP"
        case maximumTokens = "MAX_TOKENS"
    }

    /// A multiple of the audio grouping and small enough that E2B's ingest step stays well below a second.
    static let rowsPerStep = 32

    let stopTokens: Set<Int32>
    let maximumTokens: Int
    private(set) var questionTokens = 0
    private(set) var generated: [Int32] = []
    private(set) var text = ""
    private var cache: DecoderStream
    private var pending: [InputRows] = []
    private var reason: Reason?
    private var sampler: Sampler
    private var detokenizer: StreamingDetokenizer

    /// - Parameters:
    ///   - cache: the fork.
    ///   - media: rows of the media block that was open when the question came.
    ///   - tokens: the question with the head of the answer; not empty.
    init(
        cache: DecoderStream, media: [InputRows], tokens: [Int32], stopTokens: Set<Int32>, maximumTokens: Int, sampler: Sampler,
        detokenizer: StreamingDetokenizer
    ) {
        self.cache = cache
        self.stopTokens = stopTokens
        self.maximumTokens = maximumTokens
        self.sampler = sampler
        self.detokenizer = detokenizer
        questionTokens = tokens.count
        pending = media
        for start in stride(from: 0, to: tokens.count, by: Self.rowsPerStep) {
            pending.append(.text(Array(tokens[start..<min(start + Self.rowsPerStep, tokens.count)])))
        }
    }

    /// One bounded piece of work.
    mutating func step(_ decoder: Decoder) -> Progress {
        if reason != nil || generated.count >= maximumTokens { return .finished(reason ?? .maximumTokens) }
        if let rows = pending.first {
            pending.removeFirst()
            guard pending.isEmpty else {
                decoder.ingest(rows, into: &cache)
                return .prefilled
            }
            return take(sampler.sample(decoder.decode(rows, into: &cache)))
        }
        guard let last = generated.last else { return .finished(.stop) }
        return take(sampler.sample(decoder.decode(.text([last]), into: &cache)))
    }

    private mutating func take(_ token: Int32) -> Progress {
        var delta = ""
        if stopTokens.contains(token) {
            reason = .stop
        } else {
            generated.append(token)
            delta = detokenizer.push(token)
            if generated.count >= maximumTokens { reason = .maximumTokens }
        }
        if reason != nil { delta += detokenizer.finish() }
        text += delta
        return .delta(delta)
    }
}
