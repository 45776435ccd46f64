/// A deterministic automaton while it is being made.
struct DraftMachine {
    /// 256 next states each; the first state is 0.
    var rows: [[UInt16]] = []
    var accepting: [Bool] = []
    var isBoundary: [Bool] = []

    /// More than `ByteMachine.maximumStates`.
    struct TooLarge: Error {}

    /// The fewest characters from each state to an accepting one; `.max`: none is reached.
    func distances() -> [UInt32] {
        var sources = [[UInt16]](repeating: [], count: rows.count)
        for (state, row) in rows.enumerated() {
            var previous = ByteMachine.none
            for target in row where target != ByteMachine.none && target != previous {
                sources[Int(target)].append(UInt16(state))
                previous = target
            }
        }
        var distances = [UInt32](repeating: .max, count: rows.count)
        // Breadth first with steps of 0 and 1: a character counts where it begins.
        var near = accepting.indices.filter { accepting[$0] }
        for state in near { distances[state] = 0 }
        var far: [Int] = []
        var distance: UInt32 = 0
        while !near.isEmpty {
            while let state = near.popLast() {
                guard distances[state] == distance else { continue }
                for source in sources[state].map(Int.init) {
                    let candidate = distance + (isBoundary[source] ? 1 : 0)
                    guard candidate < distances[source] else { continue }
                    distances[source] = candidate
                    if candidate == distance { near.append(source) } else { far.append(source) }
                }
            }
            (near, far) = (far, [])
            distance += 1
        }
        return distances
    }

    /// What both accept. Characters are the first's.
    func intersection(_ other: DraftMachine) throws(TooLarge) -> DraftMachine {
        try product { state, visit in
            let (mine, its) = (Int(state >> 32), Int(state & 0xFFFF_FFFF))
            visit.accepting = accepting[mine] && other.accepting[its]
            visit.isBoundary = isBoundary[mine]
            for byte in 0...255 {
                let (a, b) = (rows[mine][byte], other.rows[its][byte])
                visit.targets[byte] = a == ByteMachine.none || b == ByteMachine.none ? nil : UInt64(a) << 32 | UInt64(b)
            }
        }
    }

    /// What has at least so many characters.
    func atLeast(_ minimum: Int) throws(TooLarge) -> DraftMachine {
        guard minimum > 0 else { return self }
        return try product { state, visit in
            let (mine, count) = (Int(state >> 32), Int(state & 0xFFFF_FFFF))
            visit.accepting = accepting[mine] && count >= minimum
            visit.isBoundary = isBoundary[mine]
            let next = isBoundary[mine] ? min(count + 1, minimum) : count
            for byte in 0...255 {
                let target = rows[mine][byte]
                visit.targets[byte] = target == ByteMachine.none ? nil : UInt64(target) << 32 | UInt64(next)
            }
        }
    }

    private struct Visit {
        var accepting = false
        var isBoundary = false
        var targets = [UInt64?](repeating: nil, count: 256)
    }

    /// Numbers the states that are reached from 0.
    private func product(_ body: (UInt64, inout Visit) -> Void) throws(TooLarge) -> DraftMachine {
        var result = DraftMachine()
        var numbers: [UInt64: UInt16] = [0: 0]
        var states: [UInt64] = [0]
        var visit = Visit()
        while result.rows.count < states.count {
            body(states[result.rows.count], &visit)
            var row = [UInt16](repeating: ByteMachine.none, count: 256)
            for (byte, target) in visit.targets.enumerated() {
                guard let target else { continue }
                if let known = numbers[target] {
                    row[byte] = known
                } else {
                    guard states.count < ByteMachine.maximumStates else { throw TooLarge() }
                    row[byte] = UInt16(states.count)
                    numbers[target] = UInt16(states.count)
                    states.append(target)
                }
            }
            result.rows.append(row)
            result.accepting.append(visit.accepting)
            result.isBoundary.append(visit.isBoundary)
        }
        return result
    }
}
