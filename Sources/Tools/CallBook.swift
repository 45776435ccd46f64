package import AgentProtocol

/// The calls of one client that wait for their responses: a value; what it returns is for its caller to do.
///
/// The calls that the model made in one breath are a group. Where one of them is blocking the turn waits until all have answered;
/// otherwise the turn is over, and each response counts by its scheduling.
package struct CallBook: Sendable {
    /// A function's name and what it returned.
    package typealias Answer = (name: String, response: JSONValue)

    package enum Step: Sendable {
        /// All calls that the turn waits for have answered: it goes on.
        case goOn(turn: String, [Answer])
        /// The model reads what came late, in a turn of its own; `interrupting`: what is being said to the client ends first.
        case speak(turn: String, [Answer], interrupting: Bool)
        /// What came late is part of the conversation, and nothing is said of it.
        case remember(turn: String, [Answer])
    }

    /// Calls that one turn may make.
    package static let maximumCallsOfTurn = 16
    /// Turns that are over and have calls without their responses; one more cancels the oldest.
    package static let maximumLate = 4

    private struct Call {
        let id: String
        let name: String
        /// Of a blocking one, until the others have answered.
        var response: JSONValue?
        var deadline: ContinuousClock.Instant
    }

    private struct Group {
        let turn: String
        let isBlocking: Bool
        var calls: [Call]
    }

    /// Oldest first.
    private var groups: [Group] = []
    /// What came late and is said when nothing else is.
    private var unsaid: [(turn: String, answers: [Answer])] = []

    package init() {}

    package var isEmpty: Bool { groups.isEmpty && unsaid.isEmpty }
    /// Turns that are not over.
    package var waitingTurns: [String] { groups.filter(\.isBlocking).map(\.turn) }

    /// The model calls.
    /// - Returns: a turn whose calls are to be cancelled to make room.
    package mutating func open(
        _ calls: [FunctionCall], turn: String, isBlocking: Bool, deadline: ContinuousClock.Instant
    ) -> String? {
        groups.append(
            Group(turn: turn, isBlocking: isBlocking, calls: calls.map { Call(id: $0.id, name: $0.name, deadline: deadline) }))
        let late = groups.filter { !$0.isBlocking }
        return late.count > Self.maximumLate ? late[0].turn : nil
    }

    /// Checks responses and takes them all, or none.
    /// - Parameters:
    ///   - isIdle: nothing is being said to the client.
    ///   - limit: how long a call that will be continued may take.
    /// - Returns: what follows, in order, and the fields that count for nothing.
    package mutating func take(
        _ responses: [FunctionResponse], isIdle: Bool, now: ContinuousClock.Instant, limit: Duration
    ) throws(ToolError) -> (steps: [Step], ignored: [String]) {
        let before = self
        do throws(ToolError) {
            var steps: [Step] = []
            var ignored: [String] = []
            for (index, response) in responses.enumerated() {
                try take(response, "toolResponse.functionResponses[\(index)]", now + limit, &steps, &ignored)
            }
            // Of one turn and one kind the model hears once.
            return (hold(Self.joined(steps), unlessIdle: isIdle), ignored)
        } catch {
            self = before
            throw error
        }
    }

    private mutating func take(
        _ response: FunctionResponse, _ path: String, _ deadline: ContinuousClock.Instant, _ steps: inout [Step], _ ignored: inout [String]
    ) throws(ToolError) {
        guard let place = groups.firstIndex(where: { $0.calls.contains { $0.id == response.id } }),
            let index = groups[place].calls.firstIndex(where: { $0.id == response.id })
        else { throw .unknownCall(id: response.id, path: path, open: groups.flatMap { $0.calls.map(\.id) }) }
        let (turn, call) = (groups[place].turn, groups[place].calls[index])
        if let name = response.name, name != call.name { throw .wrongFunction(id: call.id, path: path, name: name, called: call.name) }
        guard groups[place].isBlocking else {
            if response.willContinue {
                groups[place].calls[index].deadline = deadline
            } else {
                groups[place].calls.remove(at: index)
                if groups[place].calls.isEmpty { groups.remove(at: place) }
            }
            let answer: [Answer] = [(call.name, response.response)]
            switch response.scheduling ?? .unspecified {
            case .silent: steps.append(.remember(turn: turn, answer))
            case .interrupt: steps.append(.speak(turn: turn, answer, interrupting: true))
            case .whenIdle, .unspecified: steps.append(.speak(turn: turn, answer, interrupting: false))
            }
            return
        }
        guard call.response == nil else { throw .answeredTwice(id: call.id, path: path) }
        if response.scheduling ?? .unspecified != .unspecified { ignored.append("\(path).scheduling") }
        if response.willContinue { ignored.append("\(path).willContinue") }
        groups[place].calls[index].response = response.response
        let answers: [Answer] = groups[place].calls.compactMap { call in call.response.map { (call.name, $0) } }
        guard answers.count == groups[place].calls.count else { return }
        groups.remove(at: place)
        steps.append(.goOn(turn: turn, answers))
    }

    /// Responses to one turn that came in one message are read together.
    private static func joined(_ steps: [Step]) -> [Step] {
        steps.reduce(into: []) { joined, step in
            switch (joined.last, step) {
            case (.speak(let turn, let before, let a)?, .speak(let next, let after, let b)) where turn == next:
                joined[joined.count - 1] = .speak(turn: turn, before + after, interrupting: a || b)
            case (.remember(let turn, let before)?, .remember(let next, let after)) where turn == next:
                joined[joined.count - 1] = .remember(turn: turn, before + after)
            default: joined.append(step)
            }
        }
    }

    /// What must not interrupt waits until `sayNext`; only one thing is said at a time.
    private mutating func hold(_ steps: [Step], unlessIdle isIdle: Bool) -> [Step] {
        var isFree = isIdle && unsaid.isEmpty
        return steps.filter { step in
            switch step {
            case .goOn: isFree = false
            case .remember: break
            case .speak(_, _, interrupting: true): isFree = false
            case .speak(let turn, let answers, interrupting: false):
                guard !isFree else {
                    isFree = false
                    return true
                }
                unsaid.append((turn, answers))
                return false
            }
            return true
        }
    }

    /// Nothing is being said any more.
    package mutating func sayNext() -> Step? {
        guard !unsaid.isEmpty else { return nil }
        let next = unsaid.removeFirst()
        return .speak(turn: next.turn, next.answers, interrupting: false)
    }

    /// Whether a turn that is over has calls whose responses may still come, or are still to be read.
    package func isOpen(_ turn: String) -> Bool {
        groups.contains { $0.turn == turn } || unsaid.contains { $0.turn == turn }
    }

    /// Nobody waits for a turn's calls any more.
    /// - Returns: the ids of those that had not answered.
    package mutating func cancel(turn: String) -> [String] {
        let ids = groups.filter { $0.turn == turn }.flatMap { $0.calls.filter { $0.response == nil }.map(\.id) }
        groups.removeAll { $0.turn == turn }
        unsaid.removeAll { $0.turn == turn }
        return ids
    }

    /// - Returns: the ids of a turn's calls that took too long; all of the group then are over.
    package mutating func expire(turn: String, now: ContinuousClock.Instant) -> [String] {
        let isLate = groups.contains { $0.turn == turn && $0.calls.contains { $0.response == nil && $0.deadline <= now } }
        return isLate ? cancel(turn: turn) : []
    }

    /// When the next call of a turn has taken too long.
    package func deadline(of turn: String) -> ContinuousClock.Instant? {
        groups.filter { $0.turn == turn }.flatMap { $0.calls.filter { $0.response == nil }.map(\.deadline) }.min()
    }
}
