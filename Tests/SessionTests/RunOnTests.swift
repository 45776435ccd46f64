import AgentProtocol
import Session
import Testing

/// A client that leaves what it asked to be answered without it.
@Suite struct RunOnTests {
    private func options(answer tokens: Int) -> StreamOptions { .tiny(answer: tokens) }

    private func setup(after number: Int64? = nil) -> Setup {
        var setup = Setup()
        setup.attach = AgentEngine.mainSession
        setup.runsOn = true
        setup.after = number
        return setup
    }

    private func join(
        _ engine: AgentEngine, _ number: UInt64, user: UInt32 = 0, after last: Int64? = nil
    ) async throws -> (ClientContext.ID, RecordingSink) {
        let sink = RecordingSink()
        let id = ClientContext.ID(number)
        _ = try await engine.connect(
            id, user: .user(user), setup: setup(after: last), sink: sink, server: "test", features: [])
        return (id, sink)
    }

    @Test func theAnswerGoesOnAndIsReadByItsUserAsItsOwn() async throws {
        let engine = try TinyModel.engine(options(answer: 200))
        let (witness, everything) = try await join(engine, 9, user: 7)
        let (client, sink) = try await join(engine, 1)
        let turn = try await engine.ask([.text("tell me a story")], from: client, re: nil, sink: sink)
        await engine.disconnect(client)
        // One who comes while it goes on reads its beginning again, and its end as it happens.
        let (back, own) = try await join(engine, 2, after: 0)
        let end = try await own.waitForEnd(of: turn)
        #expect(end.reason == nil || end.reason == .maximumTokens)
        #expect(own.text(of: turn) == everything.text(of: turn))
        #expect(!own.text(of: turn).isEmpty)
        #expect(own.all.filter { $0.turn == turn }.allSatisfy { $0.owner == back })
        // So does one who comes when it is over; to another user it is somebody's answer.
        let (late, read) = try await join(engine, 3, after: 0)
        #expect(read.text(of: turn) == own.text(of: turn))
        #expect(read.all.filter { $0.turn == turn }.allSatisfy { $0.owner == late })
        let (_, other) = try await join(engine, 4, user: 7, after: 0)
        #expect(other.all.filter { $0.turn == turn }.allSatisfy { $0.owner == client })
        _ = witness
    }

    /// A connection may end after its client has come back.
    @Test func whoComesBackBeforeItHasGoneReadsItsOwnToo() async throws {
        let engine = try TinyModel.engine(options(answer: 200))
        let (client, sink) = try await join(engine, 1)
        let turn = try await engine.ask([.text("tell me a story")], from: client, re: nil, sink: sink)
        let (back, own) = try await join(engine, 2, after: 0)
        _ = try await own.waitForEnd(of: turn)
        #expect(own.all.filter { $0.turn == turn }.allSatisfy { $0.owner == back })
        // What the other one begins from now on is its own affair, up to when it goes.
        let other = try await engine.ask([.text("another")], from: client, re: nil, sink: sink)
        _ = try await own.waitFor { $0.all.first { $0.turn == other } }
        #expect(own.all.filter { $0.turn == other }.allSatisfy { $0.owner == client })
        await engine.disconnect(client)
        _ = try await own.waitForEnd(of: other)
        #expect(own.all.last { $0.turn == other }?.owner == back)
    }

    @Test func whoDoesNotSayItIsAnsweredNoLonger() async throws {
        let engine = try TinyModel.engine(options(answer: 4_000))
        let (_, everything) = try await join(engine, 9)
        let (client, sink) = try await engine.join(1)
        let turn = try await engine.ask([.text("tell me a story")], from: client, re: nil, sink: sink)
        await engine.disconnect(client)
        #expect(try await everything.waitForEnd(of: turn).reason == .cancelled)
    }

    /// Who leaves has no more places for it.
    @Test func answersThatRunOnCountForTheirUser() async throws {
        var limits = EngineLimits()
        limits.asks = 4
        let engine = try TinyModel.engine(options(answer: 4_000), limits: limits)
        for number in 1...3 as ClosedRange<UInt64> {
            let (client, sink) = try await join(engine, number, user: 1)
            _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
            await engine.disconnect(client)
        }
        let (client, sink) = try await join(engine, 4, user: 1)
        await #expect {
            _ = try await engine.ask([.text("a story")], from: client, re: nil, sink: sink)
        } throws: {
            ($0 as? StatusError)?.reason == "TOO_MANY_OF_ONE_USER"
        }
        let (other, heard) = try await join(engine, 5, user: 2)
        _ = try await engine.ask([.text("a story")], from: other, re: nil, sink: heard)
    }
}
