/// A finite automaton over bytes with a table: what a number, a literal or the inside of a string may be.
///
/// Every state reaches an accepting one, so that no way through it is a dead end.
struct ByteMachine: Hashable, Sendable {
    static let none: UInt16 = .max
    /// Of one machine, before and after it is trimmed.
    static let maximumStates = 8192

    /// `[state, class]`: the next state, or `none`.
    let table: [UInt16]
    /// The class of each byte: bytes that no state tells apart are one column.
    let classes: [UInt8]
    let width: Int
    let states: [State]

    struct State: Hashable, Sendable {
        var isAccepting: Bool
        /// Between two characters: the next byte begins one.
        var isBoundary: Bool
        /// The fewest characters to an accepting state, not counting one that has begun.
        var distance: UInt32
    }

    @inline(__always)
    func next(_ state: UInt16, _ byte: UInt8) -> UInt16 { table[Int(state) * width + Int(classes[Int(byte)])] }

    /// Keeps the states from which an accepting one is reached; nil: the first is none of them.
    init?(_ draft: DraftMachine) {
        let distances = draft.distances()
        guard let first = distances.first, first != .max else { return nil }
        var kept: [Int] = []
        var newNumber = [UInt16](repeating: Self.none, count: draft.rows.count)
        for (state, distance) in distances.enumerated() where distance != .max {
            newNumber[state] = UInt16(kept.count)
            kept.append(state)
        }
        let rows = kept.map { state in draft.rows[state].map { $0 == Self.none ? Self.none : newNumber[Int($0)] } }
        var columns: [[UInt16]: UInt8] = [:]
        var classes: [UInt8] = []
        var representatives: [Int] = []
        for byte in 0...255 {
            let column = rows.map { $0[byte] }
            if let known = columns[column] {
                classes.append(known)
            } else {
                let number = UInt8(representatives.count)
                columns[column] = number
                classes.append(number)
                representatives.append(byte)
            }
        }
        self.classes = classes
        width = representatives.count
        table = rows.flatMap { row in representatives.map { row[$0] } }
        states = kept.map { State(isAccepting: draft.accepting[$0], isBoundary: draft.isBoundary[$0], distance: distances[$0]) }
    }
}
