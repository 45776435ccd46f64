import Constraint
import Tools

/// What an answer may be made of, token by token: text or JSON under a schema, and calls of declared functions, which alone may follow
/// each other. A call always satisfies its declaration; where none is declared none is begun. What has a form is whole also where the
/// room for an answer is small: in time it takes the shortest way to its end.
package struct AnswerRule: Sendable {
    /// What a token was.
    package enum Part: Sendable, Equatable {
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
    /// The shortest way to the end, the next token last: there is no room for another.
    private var ending: [Int32] = []

    /// - Parameters:
    ///   - calls: nil: there is nothing to call.
    ///   - form: nil: the answer is text.
    package init(calls: SharedConstraint?, form: SharedConstraint?, marks: StreamFormat.CallMarks) {
        self.calls = calls
        self.form = form
        self.marks = marks
    }

    private var mayCall: Bool { calls != nil && begun < CallBook.maximumCallsOfTurn }

    /// Whether another call has a place, and room to be written and ended.
    private func mayCall(_ room: Int) -> Bool { mayCall && calls?.shortest ?? 0 < room }

    /// A token itself, and the one that ends the answer, which has to be chosen, too.
    private static let endAndMore = 2

    /// Makes impossible what may not come next.
    /// - Parameters:
    ///   - room: tokens that may still be said.
    ///   - thought: with which a model may think before it answers.
    package func mask(_ logits: inout [Float], room: Int, allowing thought: Int32? = nil) {
        guard case .start = place, let thought, Int(thought) < logits.count else { return mask(&logits, room) }
        let likely = logits[Int(thought)]
        mask(&logits, room)
        logits[Int(thought)] = likely
    }

    /// The token to take for one that was chosen: itself, or, where what it begins could not be ended, the next one of the way to the end.
    package mutating func settled(_ token: Int32, room: Int) -> Int32 {
        if let next = ending.popLast() { return next }
        let (constraint, state): (SharedConstraint?, GrammarState)
        switch place {
        case .start:
            guard let form, token != marks.open else { return token }
            (constraint, state) = (form, form.start)
        case .form(let now): (constraint, state) = (form, now)
        case .call(let now): (constraint, state) = (calls, now)
        case .text, .afterCall: return token
        }
        guard let constraint, let next = constraint.advance(state, token), !constraint.canEnd(next, within: room - Self.endAndMore),
            let way = constraint.ending(of: state), way.count < room
        else { return token }
        ending = way.reversed()
        return ending.popLast() ?? constraint.end ?? token
    }

    private func mask(_ logits: inout [Float], _ room: Int) {
        let mayCall = mayCall(room)
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

    package mutating func took(_ token: Int32) -> Part {
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
    package mutating func resume() {
        place = .start
        ending = []
    }
}
