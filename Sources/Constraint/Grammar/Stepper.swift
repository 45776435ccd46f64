/// One symbol at a time: from a way to those it goes on as.
extension Grammar {
    var start: GrammarState { GrammarState(threads: [Thread(frames: [Frame(node: root)])]) }

    func step(_ state: GrammarState, _ symbol: Symbol) -> GrammarState? {
        var next: [Thread] = []
        for thread in state.threads { step(thread, symbol, &next) }
        guard next.count > 1 else { return next.isEmpty ? nil : GrammarState(threads: next) }
        var known: Set<Thread> = []
        return GrammarState(threads: next.filter { known.insert($0).inserted })
    }

    /// Whether a way may end here.
    func isComplete(_ thread: Thread) -> Bool {
        guard let frame = thread.frames.first else { return true }
        return thread.frames.count == 1 && isFinishedBare(frame)
    }

    /// A bare value ends without a mark of its own.
    private func isFinishedBare(_ frame: Frame) -> Bool {
        guard case .bare(let machine) = nodes[Int(frame.node)] else { return false }
        return machines[machine].states[Int(frame.position)].isAccepting
    }

    func step(_ thread: Thread, _ symbol: Symbol, _ found: inout [Thread]) {
        guard let frame = thread.frames.last else { return }
        switch nodes[Int(frame.node)] {
        case .choice(let alternatives):
            for alternative in alternatives {
                var next = thread
                next.top = Frame(node: alternative)
                step(next, symbol, &found)
            }
        case .bare(let machine): bare(thread, frame, machines[machine], symbol, &found)
        case .text(let rule): text(thread, frame, rule, symbol, &found)
        case .key(let rule): key(thread, frame, rule, symbol, &found)
        case .array(let rule): array(thread, frame, rule, symbol, &found)
        case .object(let rule): object(thread, frame, rule, symbol, &found)
        case .call(let rule): call(thread, frame, rule, symbol, &found)
        }
    }

    // MARK: Scalars

    private func bare(_ thread: Thread, _ frame: Frame, _ machine: ByteMachine, _ symbol: Symbol, _ found: inout [Thread]) {
        let target = symbol < 256 ? machine.next(frame.position, UInt8(symbol)) : ByteMachine.none
        if target != ByteMachine.none {
            var next = thread
            next.top.position = target
            next.top.place = .inside
            found.append(next)
        } else if machine.states[Int(frame.position)].isAccepting {
            step(thread.popped(), symbol, &found)
        }
    }

    private func text(_ thread: Thread, _ frame: Frame, _ rule: TextRule, _ symbol: Symbol, _ found: inout [Thread]) {
        if frame.place == .start {
            guard symbol == syntax.quote else { return }
            var next = thread
            next.top.place = .inside
            found.append(next)
        } else if let moved = inside(frame, rule, symbol) {
            // JSON's quote, too, after a backslash.
            var next = thread
            next.top = moved
            found.append(next)
        } else if symbol == syntax.quote, machines[rule.machine].states[Int(frame.position)].isAccepting, frame.count >= rule.minimum {
            found.append(thread.popped())
        }
    }

    /// One more byte of a string or a key, if what then must follow has room.
    private func inside(_ frame: Frame, _ rule: TextRule, _ symbol: Symbol) -> Frame? {
        guard symbol < 256 else { return nil }
        let machine = machines[rule.machine]
        let target = machine.next(frame.position, UInt8(symbol))
        guard target != ByteMachine.none else { return nil }
        let count = frame.count + (machine.states[Int(frame.position)].isBoundary ? 1 : 0)
        guard Int(count) + Int(machine.states[Int(target)].distance) <= rule.maximum else { return nil }
        var next = frame
        next.position = target
        next.count = count
        return next
    }

    private func key(_ thread: Thread, _ frame: Frame, _ rule: TextRule, _ symbol: Symbol, _ found: inout [Thread]) {
        guard let moved = inside(frame, rule, symbol) else {
            if symbol == Symbol(ascii: syntax.isJSON ? "\"" : ":"), machines[rule.machine].states[Int(frame.position)].isAccepting,
                keyIsNew(thread, frame, key: thread.names[Int(frame.names)...])
            {
                var next = thread.popped()
                next.names.append(0)
                next.top.place = syntax.isJSON ? .colon : .value
                next.top.count += 1
                found.append(next)
            }
            return
        }
        var next = thread
        next.top = moved
        next.names.append(UInt8(symbol))
        // A key of full length must end here, a shorter one finds more letters than there are names taken.
        if Int(moved.count) == rule.maximum, !keyIsNew(next, moved, key: next.names[Int(frame.names)...]) { return }
        found.append(next)
    }

    /// Whether the object, one frame below its key's, has no such property yet and names none.
    func keyIsNew(_ thread: Thread, _ frame: Frame, key: ArraySlice<UInt8>) -> Bool {
        let below = thread.frames[thread.frames.count - 2]
        guard case .object(let rule) = nodes[Int(below.node)], !rule.names.contains(key) else { return false }
        return !thread.names[Int(below.names)..<Int(frame.names)].split(separator: 0).contains { $0.elementsEqual(key) }
    }

    // MARK: Arrays

    private func array(_ thread: Thread, _ frame: Frame, _ rule: ArrayNode, _ symbol: Symbol, _ found: inout [Thread]) {
        var next = thread
        switch frame.place {
        case .start:
            guard symbol == Symbol(ascii: "[") else { return }
            next.top.place = .opened
            found.append(next)
        case .opened:
            if symbol == Symbol(ascii: "]") {
                if rule.minimum == 0 { found.append(thread.popped()) }
            } else if rule.maximum > 0 {
                item(next, rule, symbol, &found)
            }
        case .afterValue:
            if symbol == Symbol(ascii: "]"), frame.count >= rule.minimum {
                found.append(thread.popped())
            } else if symbol == Symbol(ascii: ","), frame.count < rule.maximum {
                next.top.place = syntax.isJSON ? .spaceBeforeNext : .next
                found.append(next)
            }
        case .spaceBeforeNext where symbol == Symbol(ascii: " "):
            next.top.place = .next
            found.append(next)
        default: item(next, rule, symbol, &found)
        }
    }

    private func item(_ thread: Thread, _ rule: ArrayNode, _ symbol: Symbol, _ found: inout [Thread]) {
        var next = thread
        let index = Int(next.top.count)
        next.top.place = .afterValue
        next.top.count += 1
        next.frames.append(Frame(node: rule.item(index)))
        step(next, symbol, &found)
    }

    // MARK: Objects

    private func object(_ thread: Thread, _ frame: Frame, _ rule: ObjectNode, _ symbol: Symbol, _ found: inout [Thread]) {
        var next = thread
        switch frame.place {
        case .start:
            guard symbol == Symbol(ascii: "{") else { return }
            next.top.place = .opened
            next.top.names = UInt32(thread.names.count)
            found.append(next)
        case .opened, .afterValue:
            if symbol == Symbol(ascii: "}") {
                guard rule.mayClose(seen: frame.seen, freeCount: Int(frame.count)) else { return }
                next.frames.removeLast()
                next.names.removeLast(next.names.count - Int(frame.names))
                found.append(next)
            } else if frame.place == .opened {
                keyBegins(thread, frame, rule, symbol, &found)
            } else if symbol == Symbol(ascii: ","), mayGoOn(rule, frame) {
                next.top.place = syntax.isJSON ? .spaceBeforeNext : .next
                found.append(next)
            }
        case .spaceBeforeNext where symbol == Symbol(ascii: " "):
            next.top.place = .next
            found.append(next)
        case .spaceBeforeNext, .next: keyBegins(thread, frame, rule, symbol, &found)
        case .name: name(thread, frame, rule, symbol, &found)
        case .colon:
            guard symbol == Symbol(ascii: ":") else { return }
            next.top.place = .spaceBeforeValue
            found.append(next)
        case .spaceBeforeValue where symbol == Symbol(ascii: " "):
            next.top.place = .value
            found.append(next)
        default:
            next.top.place = .afterValue
            next.top.position = 0
            next.frames.append(Frame(node: frame.position == Frame.freeProperty ? rule.free : rule.values[Int(frame.position)]))
            step(next, symbol, &found)
        }
    }

    private func mayGoOn(_ rule: ObjectNode, _ frame: Frame) -> Bool {
        rule.available(seen: frame.seen, freeCount: Int(frame.count)) != 0
            || rule.freeIsAvailable(seen: frame.seen, freeCount: Int(frame.count))
    }

    /// The first symbol of a key: the quote in JSON, the key's own first byte in a call.
    private func keyBegins(_ thread: Thread, _ frame: Frame, _ rule: ObjectNode, _ symbol: Symbol, _ found: inout [Thread]) {
        if syntax.isJSON, symbol != Symbol(ascii: "\"") { return }
        if rule.available(seen: frame.seen, freeCount: Int(frame.count)) != 0 {
            var next = thread
            next.top.place = .name
            next.top.position = 0
            if syntax.isJSON { found.append(next) } else { name(next, next.top, rule, symbol, &found) }
        }
        if rule.freeIsAvailable(seen: frame.seen, freeCount: Int(frame.count)) {
            var next = thread
            next.top.position = Frame.freeProperty
            next.frames.append(Frame(node: rule.freeKey, place: .inside, names: UInt32(thread.names.count)))
            if syntax.isJSON { found.append(next) } else { step(next, symbol, &found) }
        }
    }

    private func name(_ thread: Thread, _ frame: Frame, _ rule: ObjectNode, _ symbol: Symbol, _ found: inout [Thread]) {
        guard symbol < 256 else { return }
        let available = rule.available(seen: frame.seen, freeCount: Int(frame.count))
        var next = thread
        // JSON's quote, too, after a backslash.
        if let child = rule.names.next(frame.position, UInt8(symbol)) {
            guard rule.names.reachable(child) & available != 0 else { return }
            next.top.position = child
            found.append(next)
        } else if symbol == Symbol(ascii: syntax.isJSON ? "\"" : ":") {
            guard let name = rule.names.name(frame.position), available & (1 << UInt64(name)) != 0 else { return }
            next.top.seen |= 1 << UInt64(name)
            next.top.position = UInt16(name)
            next.top.place = syntax.isJSON ? .colon : .value
            found.append(next)
        }
    }

    // MARK: Calls

    private func call(_ thread: Thread, _ frame: Frame, _ rule: CallRule, _ symbol: Symbol, _ found: inout [Thread]) {
        var next = thread
        switch frame.place {
        case .start:
            guard symbol == .open else { return }
            next.top.place = .name
            found.append(next)
        case .name:
            guard symbol < 256 else { return }
            if let child = rule.names.next(frame.position, UInt8(symbol)) {
                next.top.position = child
                found.append(next)
            } else if let name = rule.names.name(frame.position) {
                next.top.place = .afterValue
                next.frames.append(Frame(node: rule.arguments[name]))
                step(next, symbol, &found)
            }
        default:
            if symbol == .close { found.append(thread.popped()) }
        }
    }
}
