import AgentProtocol
import Synchronization
import Testing

@Suite("Events to every client")
struct EventHubTests {
    private final class Recorder: EventSink {
        let messages = Mutex<[OutboundMessage]>([])
        func send(_ message: OutboundMessage) { messages.withLock { $0.append(message) } }
        func close(_ error: StatusError?) {}
        var sequences: [Int64?] { messages.withLock { $0.map(\.message.sequence) } }
    }

    @Test("numbers go up by one, every client gets the same ones, from its joining on")
    func numbering() {
        let hub = EventHub(last: 40)
        let first = Recorder()
        let second = Recorder()
        #expect(hub.add(.init(1), sink: first) == 41)
        #expect(hub.publish(.generationComplete, turn: "t1") == 41)
        #expect(hub.add(.init(2), sink: second) == 42)
        #expect(hub.publish(.interrupted, turn: "t1") == 42)
        hub.remove(.init(1))
        #expect(hub.publish(.interrupted) == 43)
        #expect(first.sequences == [41, 42])
        #expect(second.sequences == [42, 43])
        #expect(hub.clientCount == 1)
        #expect(hub.lastSequence == 43)
    }

    @Test("what nobody asked for goes to its audience and says so")
    func audience() throws {
        let hub = EventHub()
        let first = Recorder()
        let second = Recorder()
        _ = hub.add(.init(1), sink: first)
        _ = hub.add(.init(2), sink: second)
        hub.publish(.modelTurn(text: "a mug."), turn: "t1", source: "camera", audience: [.init(2)])
        hub.publish(.modelTurn(text: "yes."), turn: "t2")
        #expect(first.sequences == [2])
        #expect(second.sequences == [1, 2])
        let lines = try second.messages.withLock { try $0.map { try ReceivedMessage($0.bytes) } }
        #expect(lines.map(\.isUnsolicited) == [true, false])
        #expect(lines[0].native("source") == "camera")
        #expect(hub.wants([.turn]))
        #expect(!EventHub().wants([.turn]))
    }

    @Test("publishing from many tasks keeps every client's order")
    func concurrency() async {
        let hub = EventHub()
        let recorders = (0..<4).map { _ in Recorder() }
        for (index, recorder) in recorders.enumerated() { _ = hub.add(.init(UInt64(index)), sink: recorder) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<100 { hub.publish(.modelTurn(text: "x")) } } }
        }
        for recorder in recorders { #expect(recorder.sequences == (1...800).map { Int64($0) }) }
    }

    @Test("answers to one client carry a time and no number")
    func direct() {
        let recorder = Recorder()
        recorder.reply(.accepted, to: "c1", turn: "t1")
        recorder.refuse(StatusError(.notFound, "x", reason: nil), re: "c2")
        let messages = recorder.messages.withLock { $0.map(\.message) }
        #expect(messages.map(\.re) == ["c1", "c2"])
        #expect(messages.allSatisfy { $0.sequence == nil && $0.time != nil })
    }
}
