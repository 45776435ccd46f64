import Checkpoint
import Decoder
import Media
import Tensors

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
        /// The model's outputs are not numbers, so that there is nothing to choose a token by.
        case broken
    }

    enum Reason: String, Sendable {
        case stop = "STOP"
        case maximumTokens = "MAX_TOKENS"
    }

    /// A multiple of the audio grouping and small enough that E2B's ingest step stays well below a second.
    static let rowsPerStep = 32

    let stopTokens: Set<Int32>
    let maximumTokens: Int
    private(set) var generated: [Int32] = []
    private(set) var text = ""
    private var cache: DecoderStream
    private var pending: [InputRows] = []
    private var reason: Reason?
    /// The stop token that ended it.
    private(set) var endedBy: Int32?
    private var sampler: Sampler
    private var detokenizer: StreamingDetokenizer
    private var thoughts: ThoughtFilter?
    /// What the newest token added to a thought, which is no part of the text.
    private(set) var newThought = ""
    var thoughtTokens: Int { thoughts?.count ?? 0 }

    /// - Parameters:
    ///   - cache: the fork.
    ///   - rows: everything that stands before the answer and is not in the cache yet; not empty.
    init(
        cache: DecoderStream, rows: InputRows, stopTokens: Set<Int32>, maximumTokens: Int, sampler: Sampler,
        detokenizer: StreamingDetokenizer, thoughts: ThoughtFilter? = nil
    ) {
        self.thoughts = thoughts
        self.cache = cache
        self.stopTokens = stopTokens
        self.maximumTokens = maximumTokens
        self.sampler = sampler
        self.detokenizer = detokenizer
        pending = stride(from: 0, to: rows.count, by: Self.rowsPerStep).map {
            rows.rows($0..<min($0 + Self.rowsPerStep, rows.count))
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
            return take(decoder.decode(rows, into: &cache))
        }
        guard let last = generated.last else { return .finished(.stop) }
        return take(decoder.decode(.text([last]), into: &cache))
    }

    private mutating func take(_ logits: [Float]) -> Progress {
        // Weights that are damaged, or sums that overflow: any token would be a lie.
        guard Finiteness.firstNotFinite(in: logits) == nil else { return .broken }
        return take(thoughts?.due ?? sampler.sample(logits))
    }

    private mutating func take(_ token: Int32) -> Progress {
        var delta = ""
        newThought = ""
        if stopTokens.contains(token) {
            reason = .stop
            endedBy = token
        } else {
            generated.append(token)
            delta = detokenizer.push(token)
            if let thought = thoughts?.took(token, delta) { (newThought, delta) = (thought, "") }
            if generated.count >= maximumTokens { reason = .maximumTokens }
        }
        if reason != nil { delta += detokenizer.finish() }
        text += delta
        return .delta(delta)
    }
}
