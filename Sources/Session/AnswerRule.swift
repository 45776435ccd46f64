import Constraint
import Tools

/// What an answer may be made of, token by token: text or JSON under a schema, and calls of declared functions, which alone may follow
/// each other. A call always satisfies its declaration; where none is declared none is begun.
struct AnswerRule: Sendable {
    /// What a token was.
    enum Part: Sendable, Equatable {
        case text, callBegins, call
        /// The model waits for what its calls return.
        case endOfCalls
    }

    private enum Place: Sendable {
        case start, text
        case form(GrammarState)
        case call(GrammarState)
        case afterCall
    }

    private let calls: SharedConstraint?
    private let form: SharedConstraint?
    private let marks: StreamFormat.CallMarks
    private var place = Place.start
    private var begun = 0

    /// - Parameters:
    ///   - calls: nil: there is nothing to call.
    ///   - form: nil: the answer is text.
    init(calls: SharedConstraint?, form: SharedConstraint?, marks: StreamFormat.CallMarks) {
        self.calls = calls
        self.form = form
        self.marks = marks
    }

    private var mayCall: Bool { calls != nil && begun < CallBook.maximumCallsOfTurn }

    /// Makes impossible what may not come next.
    /// - Parameter thought: with which a model may think before it answers.
    func mask(_ logits: inout [Float], allowing thought: Int32? = nil) {
        guard case .start = place, let thought, Int(thought) < logits.count else { return mask(&logits) }
        let likely = logits[Int(thought)]
        mask(&logits)
        logits[Int(thought)] = likely
    }

    private func mask(_ logits: inout [Float]) {
        switch place {
        case .start where form != nil:
            let open = logits[Int(marks.open)]
            if let form { form.mask(for: form.start).apply(to: &logits) }
            if mayCall { logits[Int(marks.open)] = open }
        case .start, .text:
            logits[Int(marks.response)] = -.infinity
            if !mayCall { logits[Int(marks.open)] = -.infinity }
        case .form(let state):
            form?.mask(for: state).apply(to: &logits)
        case .call(let state):
            calls?.mask(for: state).apply(to: &logits)
        case .afterCall:
            let (open, response) = (logits[Int(marks.open)], logits[Int(marks.response)])
            logits = [Float](repeating: -.infinity, count: logits.count)
            logits[Int(marks.response)] = response
            if mayCall { logits[Int(marks.open)] = open }
        }
    }

    mutating func took(_ token: Int32) -> Part {
        switch place {
        case .start, .text, .afterCall:
            if case .afterCall = place, token == marks.response { return .endOfCalls }
            if token == marks.open, mayCall, let calls, let state = calls.advance(calls.start, token) {
                begun += 1
                place = .call(state)
                return .callBegins
            }
            place = .text
            if let form, let state = form.advance(form.start, token) { place = .form(state) }
        case .form(let state):
            if let next = form?.advance(state, token) { place = .form(next) }
        case .call(let state):
            guard let calls, let next = calls.advance(state, token) else { break }
            place = calls.isComplete(next) ? .afterCall : .call(next)
            return .call
        }
        return .text
    }

    /// What the calls returned was read: the model speaks, or calls again.
    mutating func resume() { place = .start }
}
