import AgentProtocol
import Checkpoint
import Media
import Session
import Synchronization
import Testing

/// One client never keeps the others from their answers, however it asks.
@Suite struct FairnessTests {
    private func options(answer tokens: Int) -> StreamOptions { .tiny(answer: tokens) }

    /// No allowance to hide behind: the order alone must do it.
    private var generous: EngineLimits {
        var limits = EngineLimits()
        limits.interruptionsAtOnce = 1e9
        return limits
    }

    @Test func whoInterruptsHimselfAllTheTimeHoldsUpNobodyElse() async throws {
        let engine = try TinyModel.engine(options(answer: 40), limits: generous)
        let (patient, answers) = try await engine.join(1)
        let (flooder, flood) = try await engine.join(2)
        let turn = try await engine.ask([.text("what is on the desk?")], from: patient, re: nil, sink: answers)
        var asked = 0
        while answers.end(of: turn) == nil, asked < 400 {
            _ = try await engine.ask([.text("and now?")], from: flooder, re: nil, sink: flood)
            asked += 1
        }
        // The patient needs 42 steps: at least every second one is his.
        #expect(answers.end(of: turn) != nil && asked < 400)
        await engine.stop()
    }

    @Test func aClientThatLetsNoAnswerEndIsSlowedDownAndKeepsTheOneUnderWay() async throws {
        var limits = EngineLimits()
        limits.interruptionsAtOnce = 3
        limits.interruptionsPerSecond = 0.001
        let engine = try TinyModel.engine(options(answer: 4_000), limits: limits)
        let (client, sink) = try await engine.join(1)
        var last = ""
        for _ in 0..<3 { last = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink) }
        await #expect {
            _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        } throws: {
            ($0 as? StatusError)?.reason == "TOO_MANY_INTERRUPTIONS"
        }
        #expect(sink.end(of: last) == nil)
        #expect(await engine.statistics.refusedInterruptions == 1)
        // Cancelling is no way around it.
        _ = await engine.cancel(turn: nil, from: client)
        await #expect(throws: StatusError.self) { _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink) }
    }

    @Test func whoConnectsAgainGoesOnWhereHeLeft() async throws {
        var limits = EngineLimits()
        limits.interruptionsAtOnce = 3
        limits.interruptionsPerSecond = 0.001
        let engine = try TinyModel.engine(options(answer: 4_000), limits: limits)
        var refused = 0
        for number in 1...6 as ClosedRange<UInt64> {
            let (client, sink) = try await engine.join(number)
            do { _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink) } catch { refused += 1 }
            await engine.disconnect(client)
        }
        #expect(refused == 3)
    }

    /// What goes on without its client, to its end, is no interruption.
    @Test func whoLeavesAnAnswerThatRunsOnHasSpentNothing() async throws {
        var limits = EngineLimits()
        limits.interruptionsAtOnce = 2
        limits.interruptionsPerSecond = 0.001
        let engine = try TinyModel.engine(options(answer: 4), limits: limits)
        for number in 1...8 as ClosedRange<UInt64> {
            var setup = mainSetup()
            setup.runsOn = true
            let (client, sink) = try await engine.join(number, setup: setup)
            _ = try await engine.ask([.text("what?")], from: client, re: nil, sink: sink)
            await engine.disconnect(client)
            try await settle(engine)
        }
    }

    private func settle(_ engine: AgentEngine) async throws {
        for _ in 0..<6_000 where await engine.status()?.runningAsks != 0 { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func answersThatEndAreNeverSlowedDown() async throws {
        var limits = EngineLimits()
        limits.interruptionsAtOnce = 2
        limits.interruptionsPerSecond = 0.001
        let engine = try TinyModel.engine(options(answer: 2), limits: limits)
        let (client, sink) = try await engine.join(1)
        for _ in 0..<10 {
            let turn = try await engine.ask([.text("what?")], from: client, re: nil, sink: sink)
            _ = try await sink.waitForEnd(of: turn)
        }
    }

    @Test func whatACrowdOfOneUserSaysAndNeverAsksHoldsUpNobodyElse() async throws {
        let engine = try TinyModel.engine(options(answer: 10), limits: generous)
        func join(_ number: UInt64, user: UInt32) async throws -> (ClientContext.ID, RecordingSink) {
            let (client, sink) = (ClientContext.ID(number), RecordingSink())
            _ = try await engine.connect(client, user: .user(user), setup: mainSetup(), sink: sink, server: "test", features: [])
            return (client, sink)
        }
        let (patient, answers) = try await join(1, user: 1)
        var crowd: [ClientContext.ID] = []
        for number in 2...21 as ClosedRange<UInt64> { crowd.append(try await join(number, user: 2).0) }
        let said = Tally()
        let text = String(repeating: "look at the desk ", count: 60)
        let talking = crowd.map { client in
            Task {
                while !Task.isCancelled {
                    // What is too long is refused, and has been tokenised all the same.
                    try? await engine.append([.text(text)], from: client)
                    said.add()
                }
            }
        }
        while said.count < 40 { try await Task.sleep(for: .milliseconds(1)) }
        let before = said.count
        let turn = try await engine.ask([.text("what is on the desk?")], from: patient, re: nil, sink: answers)
        _ = try await answers.waitForEnd(of: turn)
        let meanwhile = said.count - before
        for task in talking { task.cancel() }
        // A dozen steps, and a piece or two of the crowd's at each; not twenty.
        #expect(meanwhile < 100, "\(meanwhile)")
        for task in talking { await task.value }
        await engine.stop()
    }

    @Test func aUserIsServedBeforeOneWhoWasServedLater() {
        var order = IntakeOrder<String>()
        for place in ["a1", "a2", "a3"] { order.add(place, of: .user(1)) }
        #expect(order.next() == "a1")
        order.add("b1", of: .user(2))
        order.add("b2", of: .user(2))
        #expect((0..<5).map { _ in order.next() } == ["b1", "a2", "b2", "a3", nil])
        #expect(order.isEmpty)
    }

    @Test func whoGivesUpWaitingHasNoTurn() {
        var order = IntakeOrder<String>()
        for (number, place) in ["a1", "a2", "a3"].enumerated() { order.add(place, of: .user(1), number: number) }
        #expect(order.remove(1) == "a2" && order.remove(1) == nil)
        #expect((0..<3).map { _ in order.next() } == ["a1", "a3", nil])
        order.add("b1", of: .user(2), number: 9)
        #expect(order.remove(9) == "b1" && order.isEmpty)
    }

    /// A crowd that connects and leaves leaves neither sessions nor watches, and no queue before those who stay.
    @Test func setupsOfClientsThatHaveGoneAreGivenUp() async throws {
        let engine = try TinyModel.engine(options(answer: 10))
        let long = String(repeating: "look at the desk ", count: 600)
        let crowd = (1...40 as ClosedRange<UInt64>).map { number in
            Task {
                var setup = number.isMultiple(of: 2) ? proactiveSetup(long) : Setup()
                setup.systemInstruction = .text(long)
                let (client, sink) = (ClientContext.ID(number), RecordingSink())
                return try await engine.connect(client, setup: setup, sink: sink, server: "test", features: []).sessionID
            }
        }
        for task in crowd { task.cancel() }
        for task in crowd { await #expect(throws: StatusError.self) { try await task.value } }
        #expect(try #require(await engine.status()).clients == 0)
        // All places are free.
        for number in 41...43 as ClosedRange<UInt64> { _ = try await engine.join(number, setup: Setup()) }
        await engine.stop()
    }

    @Test func aLongInstructionOfAPrivateSessionHoldsUpNobody() async throws {
        let engine = try TinyModel.engine(options(answer: 20))
        let (asker, sink) = try await engine.join(1)
        let turn = try await engine.ask([.text("a story")], from: asker, re: nil, sink: sink)
        // A hundred steps and more, of which the answer needs a quarter.
        let phrase = "look at the desk. "
        var setup = Setup()
        setup.systemInstruction = .text(String(repeating: phrase, count: 3_500 / engine.model.tokenizer.encode(phrase).count))
        _ = try await engine.connect(ClientContext.ID(2), setup: setup, sink: RecordingSink(), server: "test", features: [])
        #expect(sink.end(of: turn) != nil)
        await engine.stop()
    }

    @Test func oneUserLeavesPlacesForTheOthers() async throws {
        var limits = EngineLimits()
        limits.asks = 4
        limits.watches = 2
        limits.privateSessions = 4
        let engine = try TinyModel.engine(options(answer: 4_000), limits: limits)
        func join(_ number: UInt64, user: UInt32, _ setup: Setup) async throws -> RecordingSink {
            let sink = RecordingSink()
            _ = try await engine.connect(
                ClientContext.ID(number), user: .user(user), setup: setup, sink: sink, server: "test", features: [])
            return sink
        }
        for number in 1...4 as ClosedRange<UInt64> {
            let sink = try await join(number, user: 1000, mainSetup())
            let refusal = await reason { _ = try await engine.ask([.text("a story")], from: ClientContext.ID(number), re: nil, sink: sink) }
            #expect(refusal == (number < 4 ? nil : "TOO_MANY_OF_ONE_USER"))
        }
        let other = try await join(5, user: 1001, mainSetup())
        _ = try await engine.ask([.text("a story")], from: ClientContext.ID(5), re: nil, sink: other)
        #expect(await reason { _ = try await join(6, user: 1000, proactiveSetup("tell me")) } == nil)
        #expect(await reason { _ = try await join(7, user: 1000, proactiveSetup("tell me")) } == "TOO_MANY_OF_ONE_USER")
        #expect(await reason { _ = try await join(8, user: 1001, proactiveSetup("tell me")) } == nil)
        for number in 10...12 as ClosedRange<UInt64> { _ = try await join(number, user: 1000, Setup()) }
        #expect(await reason { _ = try await join(13, user: 1000, Setup()) } == "TOO_MANY_OF_ONE_USER")
        #expect(await reason { _ = try await join(14, user: 1001, Setup()) } == nil)
        await engine.stop()
    }

    @Test func standingInstructionsAreAnsweredWhileOthersAskWithoutEnd() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000), limits: generous)
        let (_, watching) = try await engine.join(1, setup: proactiveSetup("what is new?", answer: 4))
        let (asker, sink) = try await engine.join(2)
        _ = try await engine.ask([.text("a story")], from: asker, re: nil, sink: sink)
        await engine.show(3)
        var asked = 0
        // There is always a question under way: each is interrupted by the next.
        while watching.unsolicited.isEmpty, asked < 4_000 {
            _ = try await engine.ask([.text("and now?")], from: asker, re: nil, sink: sink)
            asked += 1
        }
        #expect(!watching.unsolicited.isEmpty)
        await engine.stop()
    }
}

/// What several tasks count together.
private final class Tally: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
