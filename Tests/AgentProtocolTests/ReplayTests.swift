import AgentProtocol
import Synchronization
import Testing

@Suite("What a client missed")
struct ReplayTests {
    private final class Recorder: EventSink {
        let messages = Mutex<[OutboundMessage]>([])
        func send(_ message: OutboundMessage) { messages.withLock { $0.append(message) } }
        func close(_ error: StatusError?) {}
        var sequences: [Int64] { messages.withLock { $0.compactMap(\.message.sequence) } }
        var gaps: [AgentEvent] { messages.withLock { $0.map(\.message.event).filter { if case .gap = $0 { true } else { false } } } }
    }

    private func message(_ text: String = "x") -> OutboundMessage { OutboundMessage(ServerMessage(.modelTurn(text: text))) }

    /// "end", "gap to N", or the event's text.
    private func step(_ ring: inout ReplayRing, after number: Int64, now: ContinuousClock.Instant = .now) -> String {
        switch ring.step(after: number, now: now) {
        case .end: "end"
        case .gap(let to): "gap to \(to)"
        case .event(let entry): if case .modelTurn(let text) = entry.message.message.event { text } else { "?" }
        }
    }

    @Test("the oldest leave by number", arguments: [1, 3, 300, 1000])
    func number(limit: Int) {
        var ring = ReplayRing(last: 10, limits: .init(events: limit))
        #expect(step(&ring, after: 10) == "end")
        #expect(step(&ring, after: 3) == "gap to 10")
        for number in 11...1510 {
            ring.append(message("\(number)"))
            #expect(ring.count == min(limit, number - 10))
            #expect(ring.first == Int64(max(11, number - limit + 1)))
            #expect(step(&ring, after: ring.first - 1) == "\(ring.first)")
        }
        #expect(step(&ring, after: 1510) == "end")
        #expect(step(&ring, after: 1509) == "1510")
        if limit < 1500 { #expect(step(&ring, after: 10) == "gap to \(1510 - limit)") }
    }

    @Test("the oldest leave by bytes and by age, and everything when it is forgotten")
    func bytesAndAge() {
        let size = message("a").bytes.count
        var ring = ReplayRing(limits: .init(age: .seconds(600), bytes: 2 * size))
        let begin = ContinuousClock.now
        for (index, text) in ["a", "b", "c"].enumerated() { ring.append(message(text), now: begin + .seconds(100 * index)) }
        #expect(ring.bytes == 2 * size)
        #expect(step(&ring, after: 0, now: begin) == "gap to 1")
        #expect(step(&ring, after: 1, now: begin + .seconds(700)) == "b")
        #expect(step(&ring, after: 1, now: begin + .seconds(701)) == "gap to 2")
        #expect(step(&ring, after: 0, now: begin + .seconds(1_000)) == "gap to 3")
        ring.append(message("d"))
        ring.forget()
        #expect(step(&ring, after: 2) == "gap to 4")
        #expect((ring.bytes, ring.last) == (0, 4))
    }

    @Test("what came after is sent in order before anything new, with gaps by number, and a number of the future is refused")
    func replay() throws {
        let hub = EventHub(last: 40, limits: .init(events: 5))
        for _ in 0..<8 { hub.publish(.generationComplete) }
        let (late, gap) = (Recorder(), Recorder())
        #expect(try hub.add(.init(1), sink: late, at: .init(after: 45)) == 46)
        #expect(try hub.add(.init(2), sink: gap, at: .init(after: 41)) == 42)
        hub.publish(.interrupted)
        #expect(late.sequences == [46, 47, 48, 49])
        #expect(late.gaps.isEmpty)
        #expect(gap.gaps == [.gap(.events(from: 42, to: 43))])
        #expect(gap.sequences == [44, 45, 46, 47, 48, 49])
        let error = #expect(throws: StatusError.self) { try hub.add(.init(3), sink: late, at: .init(after: 50)) }
        #expect(error?.reason == "OUT_OF_RANGE")
        #expect(hub.clientCount == 2)
    }

    @Test("whose turns: what was unasked goes to followers and to those who were asked for it, a former self's are one's own")
    func whose() throws {
        let hub = EventHub()
        hub.publish(.modelTurn(text: "a"), audience: [.init(7)])
        hub.publish(.modelTurn(text: "b"), owner: .init(7))
        hub.publish(.modelTurn(text: "c"))
        let (other, follower, self2) = (Recorder(), Recorder(), Recorder())
        _ = try hub.add(.init(1), sink: other, at: .init(after: 0))
        _ = try hub.add(.init(2), sink: follower, at: .init(after: 0, followsUnsolicited: Proactivity(audio: true, video: true)))
        _ = try hub.add(.init(3), sink: self2, at: .init(after: 0, former: [.init(7)]))
        #expect(other.sequences == [2, 3])
        #expect(follower.sequences == [1, 2, 3])
        #expect(self2.sequences == [1, 2, 3])
        #expect(self2.messages.withLock { $0[1].message.owner } == .init(3))
        #expect(other.messages.withLock { $0[0].message.owner } == .init(7))
    }

    @Test("nothing is lost or doubled at the seam while a producer never pauses")
    func seam() async throws {
        let hub = EventHub()
        let stops = Mutex(false)
        let producer = Task.detached { while !stops.withLock({ $0 }) { hub.publish(.generationComplete) } }
        var recorders: [Recorder] = []
        for number in 0..<50 {
            let recorder = Recorder()
            _ = try hub.add(.init(UInt64(number)), sink: recorder, at: .init(after: max(0, hub.lastSequence - 100)))
            recorders.append(recorder)
            await Task.yield()
        }
        stops.withLock { $0 = true }
        await producer.value
        for recorder in recorders {
            let got = recorder.messages.withLock { $0.compactMap(\.message.sequence) }
            #expect(got.last ?? 0 == hub.lastSequence || got.isEmpty)
            #expect(zip(got, got.dropFirst()).allSatisfy { $1 == $0 + 1 } || !recorder.gaps.isEmpty)
            #expect(Set(got).count == got.count)
        }
    }
}
