/// A nondeterministic automaton over bytes, made piece by piece and then determinised.
struct Network {
    struct Edge {
        var bytes: ClosedRange<UInt8>
        var target: Int32
    }

    struct State {
        var edges: [Edge] = []
        /// Taken without a byte.
        var free: [Int32] = []
        /// Taken without a byte before the first one, and after the last one.
        var atStart: [Int32] = []
        var atEnd: [Int32] = []
        var isBoundary = false
    }

    static let maximumStates = 65_536
    /// Of determinising: edges looked at, about a tenth of a second.
    static let maximumWork = 1 << 26

    private(set) var states: [State] = []

    mutating func state(isBoundary: Bool = false) -> Int32 {
        states.append(State(isBoundary: isBoundary))
        return Int32(states.count - 1)
    }

    mutating func connect(_ from: Int32, _ bytes: ClosedRange<UInt8>, _ to: Int32) {
        states[Int(from)].edges.append(Edge(bytes: bytes, target: to))
    }

    mutating func connect(_ from: Int32, free to: Int32) { states[Int(from)].free.append(to) }
    mutating func connect(_ from: Int32, atStart to: Int32) { states[Int(from)].atStart.append(to) }
    mutating func connect(_ from: Int32, atEnd to: Int32) { states[Int(from)].atEnd.append(to) }

    mutating func connect(_ from: Int32, word: [UInt8], _ to: Int32) {
        guard let last = word.last else { return connect(from, free: to) }
        var state = from
        for byte in word.dropLast() {
            let next = self.state()
            connect(state, byte...byte, next)
            state = next
        }
        connect(state, last...last, to)
    }

    /// One character of a set.
    mutating func connect(_ from: Int32, _ set: ScalarSet, _ to: Int32, spelling: Spelling) {
        var plain = set
        if spelling == .json {
            for range in set.intersection(Spelling.escaped).ranges {
                for scalar in range { if let word = spelling.escape(scalar) { connect(from, word: word, to) } }
            }
            plain = set.subtracting(Spelling.escaped)
        }
        // States in the middle of a character, by what is still to come.
        var inside: [UTF8Ranges.Sequence: Int32] = [:]
        for range in plain.ranges {
            for sequence in UTF8Ranges.sequences(range) {
                var target = to
                for place in sequence.indices.reversed().dropLast() {
                    let rest = Array(sequence[place...])
                    if let known = inside[rest] {
                        target = known
                    } else {
                        let state = self.state()
                        connect(state, sequence[place], target)
                        inside[rest] = state
                        target = state
                    }
                }
                connect(from, sequence[0], target)
            }
        }
    }

    // MARK: Determinising

    func determinised(from first: Int32, to last: Int32) throws(DraftMachine.TooLarge) -> DraftMachine {
        var result = DraftMachine()
        var work = 0
        let start = closure([first], isStart: true)
        // Where an anchor asks for the start, to be there again is another state.
        var numbers: [[Int32]: UInt16] = states.allSatisfy(\.atStart.isEmpty) ? [start: 0] : [:]
        var sets: [[Int32]] = [start]
        while result.rows.count < sets.count {
            let index = result.rows.count
            let set = sets[index]
            var row = [UInt16](repeating: ByteMachine.none, count: 256)
            for (bytes, targets) in moves(set, &work) {
                guard work < Self.maximumWork else { throw DraftMachine.TooLarge() }
                let next = closure(targets, isStart: false)
                let number: UInt16
                if let known = numbers[next] {
                    number = known
                } else {
                    guard sets.count < ByteMachine.maximumStates else { throw DraftMachine.TooLarge() }
                    number = UInt16(sets.count)
                    numbers[next] = number
                    sets.append(next)
                }
                for byte in bytes { row[Int(byte)] = number }
            }
            result.rows.append(row)
            result.accepting.append(reachesEnd(set, last, isStart: index == 0))
            result.isBoundary.append(set.contains { states[Int($0)].isBoundary })
        }
        return result
    }

    /// The ranges of bytes on which a set goes to the same states.
    private func moves(_ set: [Int32], _ work: inout Int) -> [(ClosedRange<UInt8>, [Int32])] {
        var edges: [Edge] = []
        var cuts: Set<Int> = []
        for state in set {
            for edge in states[Int(state)].edges {
                edges.append(edge)
                cuts.insert(Int(edge.bytes.lowerBound))
                cuts.insert(Int(edge.bytes.upperBound) + 1)
            }
        }
        let sorted = cuts.sorted()
        // The states' closures are of their number, too.
        work += (edges.count + set.count) * sorted.count
        var moves: [(ClosedRange<UInt8>, [Int32])] = []
        for (low, end) in zip(sorted, sorted.dropFirst()) {
            let targets = edges.filter { $0.bytes.contains(UInt8(low)) }.map(\.target)
            if !targets.isEmpty { moves.append((UInt8(low)...UInt8(end - 1), targets)) }
        }
        return moves
    }

    private func closure(_ seeds: [Int32], isStart: Bool) -> [Int32] {
        var found = Set(seeds)
        var open = Array(found)
        while let state = open.popLast() {
            let node = states[Int(state)]
            for next in isStart ? node.free + node.atStart : node.free where found.insert(next).inserted { open.append(next) }
        }
        return found.sorted()
    }

    /// Whether the end may be here.
    private func reachesEnd(_ set: [Int32], _ last: Int32, isStart: Bool) -> Bool {
        var found = Set(set)
        var open = set
        while let state = open.popLast() {
            if state == last { return true }
            let node = states[Int(state)]
            for next in node.free + node.atEnd + (isStart ? node.atStart : []) where found.insert(next).inserted { open.append(next) }
        }
        return false
    }
}
