import AgentProtocol
import Testing
import Tools

/// Calls in flight, as a table: what responses do, by what the calls are and when they come.
@Suite struct CallBookTests {
    private let now = ContinuousClock.now
    private let limit = Duration.seconds(10)

    private func call(_ id: String, _ name: String = "ring") -> FunctionCall { FunctionCall(id: id, name: name) }

    private func book(_ ids: [String], isBlocking: Bool, turn: String = "t1") -> CallBook {
        var book = CallBook()
        #expect(book.open(ids.map { call($0) }, turn: turn, isBlocking: isBlocking, deadline: now + limit) == nil)
        return book
    }

    private func response(
        _ id: String, _ value: JSONValue = ["ok": true], scheduling: FunctionResponse.Scheduling? = nil, more: Bool = false,
        name: String? = nil
    ) -> FunctionResponse {
        FunctionResponse(id: id, name: name, response: value, scheduling: scheduling, willContinue: more)
    }

    /// What is to be done, in short.
    private func words(_ steps: [CallBook.Step]) -> [String] {
        steps.map { step in
            switch step {
            case .goOn(let turn, let answers): "go on \(turn) \(answers.count)"
            case .speak(let turn, let answers, let interrupting): "speak \(turn) \(answers.count)\(interrupting ? " interrupting" : "")"
            case .remember(let turn, let answers): "remember \(turn) \(answers.count)"
            }
        }
    }

    private func take(_ book: inout CallBook, _ responses: [FunctionResponse], idle: Bool = true) throws -> [String] {
        words(try book.take(responses, isIdle: idle, now: now, limit: limit).steps)
    }

    @Test func aTurnWaitsForAllItsCallsInAnyOrder() throws {
        var book = book(["a", "b", "c"], isBlocking: true)
        #expect(book.waitingTurns == ["t1"])
        #expect(try take(&book, [response("c")]) == [])
        #expect(try take(&book, [response("a")]) == [])
        guard case .goOn("t1", let answers)? = try book.take([response("b", ["n": 2])], isIdle: false, now: now, limit: limit).steps.first
        else {
            Issue.record("it does not go on")
            return
        }
        // In the order in which they were called.
        #expect(answers.map(\.response) == [["ok": true], ["n": 2], ["ok": true]])
        #expect(book.isEmpty)
    }

    @Test func parallelResponsesOfOneMessage() throws {
        var book = book(["a", "b"], isBlocking: true)
        #expect(try take(&book, [response("b"), response("a")]) == ["go on t1 2"])
    }

    @Test(arguments: [
        (FunctionResponse.Scheduling?.none, true, ["speak t1 1"]), (.whenIdle, true, ["speak t1 1"]), (.unspecified, true, ["speak t1 1"]),
        (.whenIdle, false, []), (.interrupt, false, ["speak t1 1 interrupting"]), (.interrupt, true, ["speak t1 1 interrupting"]),
        (.silent, true, ["remember t1 1"]), (.silent, false, ["remember t1 1"]),
    ])
    func schedulingOfALateResponse(_ scheduling: FunctionResponse.Scheduling?, _ idle: Bool, _ expected: [String]) throws {
        var book = book(["a"], isBlocking: false)
        #expect(book.waitingTurns.isEmpty && book.isOpen("t1"))
        #expect(try take(&book, [response("a", scheduling: scheduling)], idle: idle) == expected)
        // What waits for silence keeps its turn, and comes out once.
        #expect(book.isOpen("t1") == expected.isEmpty)
        #expect(book.sayNext().map { words([$0]) } == (expected.isEmpty ? ["speak t1 1"] : nil))
        #expect(book.sayNext() == nil || !expected.isEmpty)
    }

    @Test func oneThingIsSaidAtATime() throws {
        var book = book(["a"], isBlocking: false)
        #expect(book.open([call("b")], turn: "t2", isBlocking: false, deadline: now + limit) == nil)
        #expect(try take(&book, [response("a"), response("b")]) == ["speak t1 1"])
        #expect(book.sayNext().map { words([$0]) } == ["speak t2 1"])
    }

    @Test func responsesToOneTurnAreReadTogether() throws {
        var book = book(["a", "b"], isBlocking: false)
        #expect(try take(&book, [response("a"), response("b")]) == ["speak t1 2"])
    }

    @Test func aCallThatContinuesStaysOpenAndHasMoreTime() throws {
        var book = book(["a"], isBlocking: false)
        #expect(try take(&book, [response("a", more: true)]) == ["speak t1 1"])
        #expect(book.isOpen("t1"))
        let taken = try book.take([response("a", scheduling: .silent, more: true)], isIdle: true, now: now + .seconds(9), limit: limit)
        #expect(words(taken.steps) == ["remember t1 1"])
        #expect(book.expire(turn: "t1", now: now + .seconds(11)) == [])
        #expect(try take(&book, [response("a")]) == ["speak t1 1"])
        #expect(!book.isOpen("t1"))
    }

    @Test func whatSchedulingSaysOfABlockingCallCountsForNothingAndIsNamed() throws {
        var book = book(["a"], isBlocking: true)
        let taken = try book.take([response("a", scheduling: .silent, more: true)], isIdle: true, now: now, limit: limit)
        #expect(words(taken.steps) == ["go on t1 1"])
        #expect(
            taken.ignored == ["toolResponse.functionResponses[0].scheduling", "toolResponse.functionResponses[0].willContinue"])
    }

    @Test func refusalsTakeNothing() throws {
        var book = book(["a", "b"], isBlocking: true)
        func refusal(_ responses: [FunctionResponse]) -> String? {
            do { _ = try book.take(responses, isIdle: true, now: now, limit: limit) } catch { return error.status.reason }
            return nil
        }
        #expect(refusal([response("a"), response("x")]) == "UNKNOWN_CALL")
        #expect(refusal([response("a", name: "sing")]) == "WRONG_FUNCTION")
        #expect(refusal([response("a"), response("a")]) == "CALL_ANSWERED")
        // Nothing of what was refused counts.
        #expect(refusal([response("a", name: "ring")]) == nil)
        #expect(refusal([response("a")]) == "CALL_ANSWERED")
        #expect(refusal([response("b")]) == nil)
        #expect(refusal([response("b")]) == "UNKNOWN_CALL")
        do {
            _ = try book.take([response("z")], isIdle: true, now: now, limit: limit)
        } catch { #expect("\(error)".contains("\"z\"") && "\(error)".contains("none does")) }
    }

    @Test func cancellingNamesWhatHasNotAnswered() throws {
        var book = book(["a", "b"], isBlocking: true)
        #expect(try take(&book, [response("b")]) == [])
        #expect(book.cancel(turn: "t2") == [])
        #expect(book.cancel(turn: "t1") == ["a"])
        #expect(book.isEmpty)
    }

    @Test func timeOut() {
        var book = book(["a", "b"], isBlocking: true)
        #expect(book.deadline(of: "t1") == now + limit)
        #expect(book.expire(turn: "t1", now: now + .seconds(9)) == [])
        #expect(book.expire(turn: "t1", now: now + limit) == ["a", "b"])
        #expect(book.isEmpty && book.deadline(of: "t1") == nil)
    }

    /// Whatever comes in whatever order: each call is answered once, cancelled once, or open; nothing is said of what nobody called.
    @Test(arguments: 0..<20) func anyOrderOfThings(seed: Int) {
        var state = UInt64(seed) &* 7919 &+ 1
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var book = CallBook()
        var (opened, answered, cancelled): ([String], [String], [String]) = ([], [], [])
        for step in 0..<400 {
            switch random(6) {
            case 0, 1:
                let calls = (0...random(3)).map { call("c\(step)-\($0)") }
                opened += calls.map(\.id)
                if let crowded = book.open(calls, turn: "t\(step)", isBlocking: random(2) == 0, deadline: now + limit) {
                    cancelled += book.cancel(turn: crowded)
                }
            case 2: cancelled += book.cancel(turn: "t\(random(step + 1))")
            case 3: cancelled += book.expire(turn: "t\(random(step + 1))", now: now + .seconds(random(30)))
            case 4: _ = book.sayNext()
            default:
                let id = opened.isEmpty || random(5) == 0 ? "x" : opened[random(opened.count)]
                let scheduling = FunctionResponse.Scheduling.allCases[random(4)]
                let wasOpen = !answered.contains(id) && !cancelled.contains(id) && id != "x"
                let taken = try? book.take([response(id, scheduling: scheduling)], isIdle: random(2) == 0, now: now, limit: limit)
                #expect((taken != nil) == wasOpen, "\(id)")
                if taken != nil { answered.append(id) }
            }
        }
        #expect(Set(cancelled).count == cancelled.count && Set(cancelled).isDisjoint(with: answered))
        #expect(book.waitingTurns.allSatisfy { book.deadline(of: $0) != nil })
    }

    @Test func oneMoreLateTurnThanAllowedCancelsTheOldest() {
        var book = CallBook()
        for index in 0..<CallBook.maximumLate {
            #expect(book.open([call("c\(index)")], turn: "t\(index)", isBlocking: false, deadline: now + limit) == nil)
        }
        #expect(book.open([call("x")], turn: "tx", isBlocking: true, deadline: now + limit) == nil)
        #expect(book.open([call("y")], turn: "ty", isBlocking: false, deadline: now + limit) == "t0")
        #expect(book.cancel(turn: "t0") == ["c0"])
    }
}
