import AgentProtocol
import Checkpoint
import Decoder
import Interleaver
import Media
import Session
import Testing
import Tools

/// Calls and functions of clients that were away.
@Suite struct ResumedCallTests: CallingSuite {
    /// Whoever comes back reads of the call, and that nobody waits for it any more.
    @Test(arguments: [AgentEngine.mainSession, nil]) func theCallOfAnAbsentClientIsCancelled(attach: String?) async throws {
        let engine = try TinyModel.engine(.success(try await calling([Self.ring], attach: attach)), options())
        var setup = setup([Self.ring], attach: attach)
        setup.resumption = SessionResumption()
        let (client, sink) = try await engine.join(1, setup: setup)
        await engine.show(1, session: try #require(await engine.session(of: client)))
        let c = Calling(engine: engine, client: client, sink: sink)
        _ = try await ask(c)
        _ = await engine.cancel(turn: nil, from: client)
        let handle: String = try #require(sink.handles.last)
        setup.resumption = SessionResumption(handle: handle)
        let (turn, calls) = try await ask(c)
        await engine.disconnect(client)
        #expect(try #require(await engine.status()).runningAsks == 0)
        let (back, again) = try await engine.join(2, setup: setup)
        #expect(again.calls(of: turn) == [calls])
        let cancelled = again.all.compactMap { if case .toolCallCancellation(let ids) = $0.event { ids } else { nil } }
        #expect(cancelled == [calls.map(\.id)] && again.end(of: turn)?.reason == .cancelled)
        let refused = await #expect(throws: StatusError.self) { try await engine.respond(responses(calls), from: back) }
        #expect(refused?.reason == "UNKNOWN_CALL")
        // Its functions are what they were.
        _ = try await ask(Calling(engine: engine, client: back, sink: again))
    }

    @Test func functionsThatComeWithAHandleTakeTheirPlace() async throws {
        let engine = try TinyModel.engine(TinyModel.prompted, options(answer: 4))
        var plain = setup([], attach: nil)
        plain.resumption = SessionResumption()
        let (client, sink) = try await engine.join(1, setup: plain)
        _ = try await sink.waitForEnd(of: try await engine.ask([.text("hm?")], from: client, re: nil, sink: sink))
        let handle = try await sink.waitFor { $0.handles.last }
        await engine.disconnect(client)
        func rows(_ number: UInt64, _ setup: Setup) async throws -> Int {
            let (id, _) = try await engine.join(number, setup: setup)
            let name = try #require(await engine.session(of: id))
            let rows = try #require(await engine.status(session: name)).cachedRows
            await engine.disconnect(id)
            return rows
        }
        var (declaring, silent, none) = (setup([Self.ring], attach: nil), setup([], attach: nil), setup([], attach: nil))
        let (with, without) = (try await rows(2, declaring), try await rows(3, none))
        declaring.resumption = SessionResumption(handle: handle)
        silent.resumption = SessionResumption(handle: handle)
        none.resumption = SessionResumption(handle: handle, says: [.tools])
        #expect(try await rows(4, declaring) == with && with > without)
        // Left out they are what they were; said to be none they are none.
        #expect(try await rows(5, silent) == with)
        #expect(try await rows(6, none) == without)
    }
}
