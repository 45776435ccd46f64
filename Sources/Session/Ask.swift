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
        /// It waits for what functions return.
        case calls = "CALLS"
    }

    /// A multiple of the audio grouping and small enough that E2B's ingest step stays well below a second.
    static let rowsPerStep = 32

    let stopTokens: Set<Int32>
    private var maximumTokens: Int
    private(set) var generated: [Int32] = []
    /// All that was said, but for calls.
    private(set) var text = ""
    /// What follows the question and was said before the newest responses, those included.
    private(set) var earlier: [Int32] = []
    /// What was said since, calls included, and its text without them.
    private(set) var newest: [Int32] = []
    private(set) var newestText = ""
    /// The calls in it, a list of tokens each.
    private(set) var calls: [[Int32]] = []
    private var rule: AnswerRule?
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
        detokenizer: StreamingDetokenizer, thoughts: ThoughtFilter? = nil, rule: AnswerRule? = nil
    ) {
        self.thoughts = thoughts
        self.cache = cache
        self.stopTokens = stopTokens
        self.maximumTokens = maximumTokens
        self.sampler = sampler
        self.detokenizer = detokenizer
        self.rule = rule
        pending = Self.pieces(rows)
    }

    private static func pieces(_ rows: InputRows) -> [InputRows] {
        stride(from: 0, to: rows.count, by: rowsPerStep).map { rows.rows($0..<min($0 + rowsPerStep, rows.count)) }
    }

    /// Goes on where it ended: what functions returned is read next.
    /// - Parameter more: tokens that may be said from here on; nil: those that are left.
    mutating func resume(_ responses: [Int32], more: Int? = nil) {
        // A token that was the last allowed one has not been read itself.
        let unread = reason == .maximumTokens ? newest.suffix(1) : []
        pending = Self.pieces(.text(unread + responses))
        earlier += newest + responses
        newest = []
        newestText = ""
        calls = []
        reason = nil
        endedBy = nil
        rule?.resume()
        if let more { maximumTokens = generated.count + more }
    }

    /// - Parameter ranges: positions of rows, as in the stream.
    func memory(of ranges: [Range<Int64>]) -> RowMemory { cache.memory(of: ranges) }

    /// Rows that the next step takes in.
    var rowsOfNextStep: Int { pending.first?.count ?? (reason == nil && !generated.isEmpty ? 1 : 0) }

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
        if let due = thoughts?.due { return take(due) }
        // A thought is none of the answer, and has no form.
        guard let rule, thoughts?.isThinking != true else { return take(sampler.sample(logits)) }
        let room = maximumTokens - generated.count
        var masked = logits
        rule.mask(&masked, room: room, allowing: thoughts?.opening)
        let token = sampler.sample(masked)
        return take(self.rule?.settled(token, room: room) ?? token)
    }

    private mutating func take(_ token: Int32) -> Progress {
        var delta = ""
        newThought = ""
        let isThought = thoughts?.isOfThought(token) ?? false
        let part = isThought ? .text : rule?.took(token) ?? .text
        if stopTokens.contains(token) {
            reason = part == .endOfCalls ? .calls : .stop
            endedBy = token
        } else {
            generated.append(token)
            newest.append(token)
            switch part {
            case .text, .endOfCalls:
                delta = detokenizer.push(token)
                if let thought = thoughts?.took(token, delta) {
                    (newThought, delta) = (thought, "")
                    // Half a character at its end is no part of the answer.
                    if thoughts?.isThinking == false { _ = detokenizer.finish() }
                }
            case .callBegins:
                calls.append([token])
                delta = detokenizer.finish()
            case .call: calls[calls.count - 1].append(token)
            }
            if generated.count >= maximumTokens { reason = .maximumTokens }
        }
        if reason != nil { delta += detokenizer.finish() }
        text += delta
        newestText += delta
        return .delta(delta)
    }
}
