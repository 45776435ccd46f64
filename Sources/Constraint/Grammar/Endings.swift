/// The shortest ways to the end of what a grammar has begun: what is said when there is no room for more.
///
/// Not always the very shortest: where some of an object's optional properties must come, the first ones are taken. What it gives is
/// always allowed, and ends.
struct Endings: Sendable {
    /// Of an ending, in symbols; a longer one is none. With it, what is remembered of a schema of 64 KiB stays below 24 MiB.
    static let maximumLength = 4096

    private let grammar: Grammar
    /// Each rule from its first symbol to its last; nil: too long.
    private var starts: [[Symbol]?] = []
    private var machineEndings: [MachinePlace: [UInt8]] = [:]

    private struct MachinePlace: Hashable {
        let machine: Int
        let position: UInt16
    }

    init(_ grammar: Grammar) {
        self.grammar = grammar
        // A rule stands behind those that it refers to.
        for node in grammar.nodes.indices {
            var symbols: [Symbol] = []
            starts.append(write(Frame(node: Int32(node)), names: [], &symbols) ? symbols : nil)
        }
    }

    /// The symbols from a state to an end; nil: too many.
    mutating func ending(of state: GrammarState) -> [Symbol]? {
        var best: [Symbol]?
        for thread in state.threads {
            if let found = ending(of: thread), best.map({ found.count < $0.count }) ?? true { best = found }
        }
        return best
    }

    /// From the innermost rule outwards.
    private mutating func ending(of thread: Thread) -> [Symbol]? {
        var symbols: [Symbol] = []
        var names = thread.names[...]
        var hasKey = false
        for frame in thread.frames.reversed() {
            var frame = frame
            switch grammar.nodes[Int(frame.node)] {
            case .key(let rule):
                guard let rest = rest(ofKey: thread, frame, rule) else { return nil }
                symbols += rest.map(Symbol.init)
                if grammar.syntax.isJSON { symbols.append(grammar.syntax.quote) }
                names += rest + [0]
                hasKey = true
                continue
            case .object where hasKey:
                // The key was that of a property without a name, whose value comes now.
                hasKey = false
                frame.count += 1
                frame.position = Frame.freeProperty
                frame.place = .colon
            default: break
            }
            var own: [[UInt8]] = []
            if case .object = grammar.nodes[Int(frame.node)], frame.place != .start {
                own = names[Int(frame.names)...].split(separator: 0).map(Array.init)
                names = names[..<Int(frame.names)]
            }
            guard write(frame, names: own, &symbols) else { return nil }
        }
        return symbols
    }

    // MARK: Rules

    /// - Parameter names: the keys of an object that no property names.
    /// - Returns: whether there was room.
    private mutating func write(_ frame: Frame, names: [[UInt8]], _ symbols: inout [Symbol]) -> Bool {
        switch grammar.nodes[Int(frame.node)] {
        case .bare(let machine): symbols += ending(machine, frame.position).map(Symbol.init)
        case .text(let rule): guard write(rule, frame, &symbols) else { return false }
        case .choice(let alternatives):
            let ways = alternatives.compactMap { starts[Int($0)] }
            guard let shortest = ways.min(by: { $0.count < $1.count }) else { return false }
            symbols += shortest
        case .array(let rule): guard write(rule, frame, &symbols) else { return false }
        case .object(let rule): guard write(rule, frame, names, &symbols) else { return false }
        case .call(let rule): guard write(rule, frame, &symbols) else { return false }
        // Only inside an object.
        case .key: return false
        }
        return symbols.count <= Self.maximumLength
    }

    private func write(node: Int32, _ symbols: inout [Symbol]) -> Bool {
        guard let start = starts[Int(node)], symbols.count + start.count <= Self.maximumLength else { return false }
        symbols += start
        return true
    }

    private mutating func write(_ rule: TextRule, _ frame: Frame, _ symbols: inout [Symbol]) -> Bool {
        let rest = ending(rule.machine, frame.position)
        var (characters, position) = (Int(frame.count), frame.position)
        for byte in rest {
            if grammar.machines[rule.machine].states[Int(position)].isBoundary { characters += 1 }
            position = grammar.machines[rule.machine].next(position, byte)
        }
        // A pattern has its minimum built in.
        let missing = rule.isFree ? max(rule.minimum - characters, 0) : 0
        guard missing <= Self.maximumLength else { return false }
        if frame.place == .start { symbols.append(grammar.syntax.quote) }
        symbols += rest.map(Symbol.init) + [Symbol](repeating: Symbol(ascii: "a"), count: missing)
        symbols.append(grammar.syntax.quote)
        return true
    }

    private func write(_ rule: ArrayNode, _ frame: Frame, _ symbols: inout [Symbol]) -> Bool {
        var count = Int(frame.count)
        var (needsComma, isDue) = (frame.place == .afterValue, false)
        if frame.place == .start { symbols.append(Symbol(ascii: "[")) }
        if frame.place == .spaceBeforeNext || frame.place == .next { isDue = true }
        while isDue || count < rule.minimum {
            isDue = false
            if needsComma { symbols.append(Symbol(ascii: ",")) }
            guard write(node: rule.item(count), &symbols) else { return false }
            (count, needsComma) = (count + 1, true)
        }
        symbols.append(Symbol(ascii: "]"))
        return true
    }

    private func write(_ rule: CallRule, _ frame: Frame, _ symbols: inout [Symbol]) -> Bool {
        if frame.place == .start { symbols.append(.open) }
        if frame.place == .start || frame.place == .name {
            let ways = rule.names.names(below: frame.place == .start ? 0 : frame.position).compactMap { name, rest in
                starts[Int(rule.arguments[name])].map { rest.map(Symbol.init) + $0 }
            }
            guard let shortest = ways.min(by: { $0.count < $1.count }) else { return false }
            symbols += shortest
        }
        symbols.append(.close)
        return true
    }

    // MARK: Objects

    private func write(_ rule: ObjectNode, _ frame: Frame, _ names: [[UInt8]], _ symbols: inout [Symbol]) -> Bool {
        var (seen, freeCount, names) = (frame.seen, Int(frame.count), names)
        var (needsComma, isDue) = (true, false)
        switch frame.place {
        case .start, .opened:
            if frame.place == .start { symbols.append(Symbol(ascii: "{")) }
            needsComma = false
        case .name:
            let available = rule.available(seen: seen, freeCount: freeCount)
            let ways = rule.names.names(below: frame.position).filter { available & 1 << UInt64($0.name) != 0 }
            guard let (name, rest) = ways.min(by: { $0.rest.count < $1.rest.count }) else { return false }
            seen |= 1 << UInt64(name)
            symbols += rest.map(Symbol.init)
            guard write(valueOf: rule.values[name], isQuoted: true, &symbols) else { return false }
        case .colon:
            guard write(valueOf: value(rule, frame), isQuoted: false, &symbols) else { return false }
        case .spaceBeforeValue, .value: guard write(node: value(rule, frame), &symbols) else { return false }
        case .spaceBeforeNext, .next: (needsComma, isDue) = (false, true)
        default: break
        }
        while isDue || !rule.mayClose(seen: seen, freeCount: freeCount) {
            isDue = false
            if needsComma { symbols.append(Symbol(ascii: ",")) }
            needsComma = true
            if grammar.syntax.isJSON { symbols.append(grammar.syntax.quote) }
            let value: Int32
            if let name = next(rule, seen, freeCount) {
                seen |= 1 << UInt64(name)
                symbols += rule.names.spelling(of: name).map(Symbol.init)
                value = rule.values[name]
            } else {
                guard rule.freeIsAvailable(seen: seen, freeCount: freeCount), let key = newKey(rule, names) else { return false }
                freeCount += 1
                names.append(key)
                symbols += key.map(Symbol.init)
                value = rule.free
            }
            guard write(valueOf: value, isQuoted: true, &symbols) else { return false }
        }
        symbols.append(Symbol(ascii: "}"))
        return true
    }

    private func value(_ rule: ObjectNode, _ frame: Frame) -> Int32 {
        frame.position == Frame.freeProperty ? rule.free : rule.values[Int(frame.position)]
    }

    /// What follows a key.
    private func write(valueOf node: Int32, isQuoted: Bool, _ symbols: inout [Symbol]) -> Bool {
        if isQuoted, grammar.syntax.isJSON { symbols.append(grammar.syntax.quote) }
        symbols.append(Symbol(ascii: ":"))
        return write(node: node, &symbols)
    }

    /// A property that is missing; where more must come than are required, the first one that may.
    private func next(_ rule: ObjectNode, _ seen: UInt64, _ freeCount: Int) -> Int? {
        let available = rule.available(seen: seen, freeCount: freeCount)
        let missing = rule.required & ~seen
        let isEnough = seen.nonzeroBitCount + freeCount + missing.nonzeroBitCount >= rule.minimum
        let wanted = isEnough && available & missing != 0 ? available & missing : available
        return wanted == 0 ? nil : wanted.trailingZeroBitCount
    }

    // MARK: Keys without a property

    private func newKey(_ rule: ObjectNode, _ names: [[UInt8]]) -> [UInt8]? {
        guard case .key(let text) = grammar.nodes[Int(rule.freeKey)] else { return nil }
        return first(text, from: 0, room: text.maximum) { !rule.names.contains($0) && !names.contains($0) }
    }

    /// What a key that has begun ends as.
    private func rest(ofKey thread: Thread, _ frame: Frame, _ rule: TextRule) -> [UInt8]? {
        let begun = thread.names[Int(frame.names)...]
        return first(rule, from: frame.position, room: rule.maximum - Int(frame.count)) { grammar.keyIsNew(thread, frame, key: begun + $0) }
    }

    /// The shortest ending of a key that will do. There are more of each length than an object has properties.
    private func first(_ rule: TextRule, from position: UInt16, room: Int, where isFit: ([UInt8]) -> Bool) -> [UInt8]? {
        let machine = grammar.machines[rule.machine]
        var layer: [(position: UInt16, bytes: [UInt8])] = [(position, [])]
        for _ in 0...max(room, 0) {
            for (position, bytes) in layer where machine.states[Int(position)].isAccepting && isFit(bytes) { return bytes }
            layer = layer.prefix(2).flatMap { position, bytes in
                Self.order.compactMap { byte in
                    let next = machine.next(position, byte)
                    return next == ByteMachine.none ? nil : (next, bytes + [byte])
                }
            }
        }
        return nil
    }

    // MARK: Automata

    /// Letters first: of two ways the one that reads better.
    private static let order: [UInt8] = [0x61...0x7A, 0x30...0x39, 0x20...0x2F, 0x3A...0x60, 0x7B...0xFF, 0...0x1F].flatMap(\.self)

    /// The fewest characters to an end, and of those ways the one of the fewest bytes.
    private mutating func ending(_ number: Int, _ position: UInt16) -> [UInt8] {
        let place = MachinePlace(machine: number, position: position)
        if let known = machineEndings[place] { return known }
        let machine = grammar.machines[number]
        var from: [UInt16: (state: UInt16, byte: UInt8)] = [:]
        var layer = [position]
        var end: UInt16?
        while end == nil, !layer.isEmpty {
            end = layer.first { machine.states[Int($0)].isAccepting }
            if end != nil { break }
            var next: [UInt16] = []
            for state in layer {
                let here = machine.states[Int(state)]
                for byte in Self.order {
                    let target = machine.next(state, byte)
                    guard target != ByteMachine.none, target != position, from[target] == nil,
                        machine.states[Int(target)].distance + (here.isBoundary ? 1 : 0) == here.distance
                    else { continue }
                    from[target] = (state, byte)
                    next.append(target)
                }
            }
            layer = next
        }
        var bytes: [UInt8] = []
        var state = end ?? position
        while state != position, let step = from[state] {
            bytes.append(step.byte)
            state = step.state
        }
        bytes.reverse()
        machineEndings[place] = bytes
        return bytes
    }
}
