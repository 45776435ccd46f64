/// The steps of an interaction as one connection tells them: numbered from 0 there, one open at a time in each turn.
struct InteractionSteps {
    enum Kind: String, Sendable {
        case modelOutput = "model_output"
        case thought
    }

    /// Turns that overlap are few; past this the oldest's step is stopped, and begins anew with its next piece.
    static let maximumOpen = 16

    private var next = 0
    /// In the order in which they were begun.
    private var open: [(turn: String?, kind: Kind, index: Int)] = []

    /// The step that a piece belongs to.
    /// - Returns: its index, the steps that end before it, and whether it begins with this piece.
    mutating func step(of kind: Kind, in turn: String?) -> (index: Int, stopped: [Int], isNew: Bool) {
        if let step = open.first(where: { $0.turn == turn && $0.kind == kind }) { return (step.index, [], false) }
        var stopped = stop(turn).map { [$0] } ?? []
        if open.count >= Self.maximumOpen { stopped.append(open.removeFirst().index) }
        let index = whole()
        open.append((turn, kind, index))
        return (index, stopped, true)
    }

    /// Ends a turn's step; nil: none is open.
    mutating func stop(_ turn: String?) -> Int? {
        guard let place = open.firstIndex(where: { $0.turn == turn }) else { return nil }
        return open.remove(at: place).index
    }

    /// The index of a step that is told at once, from its start to its end.
    mutating func whole() -> Int {
        defer { next += 1 }
        return next
    }
}
