/// A grammar over the tokens of a vocabulary: which may come next, and where one leads.
///
/// A value that remembers the masks it made (`MaskCache.maximumBytes`, and 1.3 MiB for strings): keep one for each grammar, and a
/// `GrammarState` for each answer. Whatever the mask allows can be finished; `mask(for:)` is never empty before the end.
public struct TokenConstraint: Sendable {
    public let grammar: Grammar
    public let vocabulary: VocabularyTrie
    /// Tokens that may come where the grammar may end: end of text, end of turn.
    public let ends: [Int32]
    private var cache: MaskCache
    private var freeTexts: [FreeTextKey: FreeText] = [:]
    private var endings: Endings

    private struct FreeTextKey: Hashable {
        let machine: Int
        let position: UInt16
    }

    /// - Throws: `ConstraintError.missingToken` if the vocabulary cannot spell what the grammar asks for.
    public init(_ grammar: Grammar, _ vocabulary: VocabularyTrie, ends: [Int32] = []) throws(ConstraintError) {
        try vocabulary.check(grammar.syntax)
        self.grammar = grammar
        self.vocabulary = vocabulary
        self.ends = ends
        cache = MaskCache(vocabulary: vocabulary.count)
        endings = Endings(grammar)
    }

    public var start: GrammarState { grammar.start }

    /// Whether what was said is whole; more may be possible, as another digit.
    public func isComplete(_ state: GrammarState) -> Bool { state.threads.contains(where: grammar.isComplete) }

    /// The state after a token; nil: the token may not come. The end tokens lead nowhere.
    public func advance(_ state: GrammarState, _ token: Int32) -> GrammarState? {
        if let mark = vocabulary.marks.firstIndex(of: token) {
            return grammar.syntax == .call ? grammar.step(state, .quote + Symbol(mark)) : nil
        }
        let bytes = vocabulary.bytes(of: token)
        guard !bytes.isEmpty else { return nil }
        var state = state
        for byte in bytes {
            guard let next = grammar.step(state, Symbol(byte)) else { return nil }
            state = next
        }
        return state
    }

    public mutating func mask(for state: GrammarState) -> TokenMask {
        var mask: TokenMask?
        for thread in state.threads {
            let more = self.mask(for: thread)
            mask?.formUnion(more)
            if mask == nil { mask = more }
        }
        var result = mask ?? TokenMask(count: vocabulary.count)
        if isComplete(state) { for token in ends { result.insert(token) } }
        return result
    }

    /// Few tokens that bring what was said to an end, none if it is at one; nil: it takes more than `Endings.maximumLength` bytes.
    public mutating func ending(of state: GrammarState) -> [Int32]? {
        endings.ending(of: state).map { vocabulary.tokens(spelling: $0) }
    }

    /// Whether so many tokens are enough to bring what was said to an end.
    public mutating func canEnd(_ state: GrammarState, within tokens: Int) -> Bool {
        guard let symbols = endings.ending(of: state) else { return tokens > Endings.maximumLength }
        return symbols.count <= tokens || vocabulary.tokens(spelling: symbols).count <= tokens
    }

    private mutating func mask(for thread: Thread) -> TokenMask {
        let key = cacheKey(thread)
        if let mask = cache[key] { return mask }
        var mask = TokenMask(count: vocabulary.count)
        if grammar.syntax == .call {
            for (offset, mark) in vocabulary.marks.enumerated() {
                var found: [Thread] = []
                grammar.step(thread, .quote + Symbol(offset), &found)
                if !found.isEmpty, let mark { mask.insert(mark) }
            }
        }
        if let (rule, frame) = freeText(thread) {
            mask.formUnion(text(rule, frame.position).mask(room: rule.maximum - Int(frame.count)))
            // In a call a mark ends the string, which is no text.
            if grammar.syntax == .json { mask = MaskWalk.adding(thread, grammar, vocabulary.quoted, to: mask) }
        } else {
            mask = MaskWalk.adding(thread, grammar, vocabulary.all, to: mask)
        }
        cache.insert(mask, for: key)
        return mask
    }

    /// Between two characters of a string of any text.
    private func freeText(_ thread: Thread) -> (TextRule, Frame)? {
        guard let frame = thread.frames.last, frame.place == .inside, case .text(let rule) = grammar.nodes[Int(frame.node)], rule.isFree,
            grammar.machines[rule.machine].states[Int(frame.position)].isBoundary
        else { return nil }
        return (rule, frame)
    }

    private mutating func text(_ rule: TextRule, _ position: UInt16) -> FreeText {
        if position == 0 { return grammar.syntax == .json ? vocabulary.freeJSON : vocabulary.freePlain }
        let key = FreeTextKey(machine: rule.machine, position: position)
        if let known = freeTexts[key] { return known }
        let text = FreeText(grammar.machines[rule.machine], position, vocabulary.all, count: vocabulary.count)
        freeTexts[key] = text
        return text
    }

    /// Deep in a string of any text all counts are alike: those that have the minimum, and room for every token.
    private func cacheKey(_ thread: Thread) -> Thread {
        guard let (rule, frame) = freeText(thread), frame.count >= rule.minimum,
            rule.maximum - Int(frame.count) >= vocabulary.all.maximumDepth
        else { return thread }
        var key = thread
        key.top.count = .max
        return key
    }
}
