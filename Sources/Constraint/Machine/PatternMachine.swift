/// Strings that a pattern is found in, as an automaton over the bytes they are written with.
enum PatternMachine {
    static func make(_ text: String, _ spelling: Spelling, path: String) throws(ConstraintError) -> DraftMachine {
        let pattern: Pattern
        do { pattern = try PatternParser.parse(text) } catch {
            throw .badPattern(path: path + ".pattern", pattern: text, problem: error.text)
        }
        var network = Network()
        let first = network.state(isBoundary: true)
        let last = network.state(isBoundary: true)
        do throws(DraftMachine.TooLarge) {
            try network.add(pattern.ofWholeString, first, last, spelling)
            return try network.determinised(from: first, to: last)
        } catch {
            throw .tooLarge(
                path: path + ".pattern", what: "states in its automaton", limit: ByteMachine.maximumStates,
                remedy: "repeat less in \"\(text.prefix(64))\", or bound it with maxLength")
        }
    }
}

extension Network {
    /// States of patterns are boundaries: between characters.
    fileprivate mutating func add(
        _ pattern: Pattern, _ from: Int32, _ to: Int32, _ spelling: Spelling
    ) throws(DraftMachine.TooLarge) {
        guard states.count < Self.maximumStates else { throw DraftMachine.TooLarge() }
        switch pattern {
        case .start: connect(from, atStart: to)
        case .end: connect(from, atEnd: to)
        case .set(let set): connect(from, set, to, spelling: spelling)
        case .alternatives(let parts): for part in parts { try add(part, from, to, spelling) }
        case .sequence(let parts):
            var state = from
            for part in parts {
                let next = self.state(isBoundary: true)
                try add(part, state, next, spelling)
                state = next
            }
            connect(state, free: to)
        case .repeated(let part, let minimum, let maximum):
            var state = from
            for _ in 0..<minimum { state = try added(part, after: state, spelling) }
            guard let maximum else {
                // One loop, entered and left without a byte.
                let loop = self.state(isBoundary: true)
                connect(state, free: loop)
                let end = try added(part, after: loop, spelling)
                connect(end, free: loop)
                connect(loop, free: to)
                return
            }
            for _ in minimum..<max(maximum, minimum) {
                connect(state, free: to)
                state = try added(part, after: state, spelling)
            }
            connect(state, free: to)
        }
    }

    private mutating func added(_ part: Pattern, after state: Int32, _ spelling: Spelling) throws(DraftMachine.TooLarge) -> Int32 {
        let next = self.state(isBoundary: true)
        try add(part, state, next, spelling)
        return next
    }
}
