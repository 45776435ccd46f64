import AgentProtocol
import Testing

@Suite("What waits for a slow client")
struct SubscriberQueueTests {
    private func message(_ event: AgentEvent, _ sequence: Int64, turn: String? = nil) -> OutboundMessage {
        OutboundMessage(ServerMessage(event, sequence: sequence, time: Timestamp(milliseconds: sequence), turn: turn))
    }

    private func accepted(_ pushed: Bool, at location: SourceLocation = #_sourceLocation) {
        #expect(pushed, "the message was refused", sourceLocation: location)
    }

    private func refused(_ pushed: Bool, at location: SourceLocation = #_sourceLocation) {
        #expect(!pushed, "the message was accepted", sourceLocation: location)
    }

    private func drain(_ queue: inout SubscriberQueue) throws -> [ReceivedMessage] {
        var result: [ReceivedMessage] = []
        while let bytes = queue.pop()?.bytes { result.append(try ReceivedMessage(bytes)) }
        return result
    }

    @Test("while the client keeps up, everything passes in order and unchanged")
    func fast() throws {
        var queue = SubscriberQueue()
        for sequence in 1...20 {
            accepted(
                queue.push(
                    message(sequence % 2 == 0 ? .modelTurn(text: "x") : .observation(Observation(text: "o")), Int64(sequence), turn: "t1")))
        }
        #expect(queue.count == 20)
        #expect(try drain(&queue).map(\.sequence) == (1...20).map { Int64($0) })
        #expect(queue.bytes == 0)
    }

    @Test("while blocked, only the newest of a kind stays, at its place in the order")
    func newestOfAKind() throws {
        var queue = SubscriberQueue()
        queue.block()
        let events: [AgentEvent] = [
            .interimInputTranscription(Transcription(text: "a", isFinished: false)),
            .voiceActivity(VoiceActivity(.start, offset: .zero)),
            .observation(Observation(text: "a", source: "camera")),
            .health(Health(component: "governor", state: .ok, message: "a")),
            .inputTranscription(Transcription(text: "kept", isFinished: true)),
            .interimInputTranscription(Transcription(text: "b", isFinished: false)),
            .voiceActivity(VoiceActivity(.end, offset: .zero)),
            .observation(Observation(text: "b", source: "camera")),
            .observation(Observation(text: "c", source: "mic")),
            .health(Health(component: "governor", state: .degraded, message: "b")),
            .inputTranscription(Transcription(text: "kept too", isFinished: true)),
        ]
        for (index, event) in events.enumerated() { accepted(queue.push(message(event, Int64(index + 1)))) }
        #expect(try drain(&queue).map(\.sequence) == [5, 6, 7, 8, 9, 10, 11])
    }

    @Test("neighbouring text of one turn is joined without loss; the number is the newest")
    func joins() throws {
        var queue = SubscriberQueue()
        queue.block()
        for (index, piece) in ["A ", "red ", "\"cup\"\n"].enumerated() {
            accepted(queue.push(message(.modelTurn(text: piece), Int64(index + 1), turn: "t1")))
        }
        accepted(queue.push(message(.modelTurn(text: "other"), 4, turn: "t2")))
        accepted(queue.push(message(.modelTurn(text: "a"), 5, turn: "t1")))
        accepted(queue.push(message(.generationComplete, 6, turn: "t1")))
        accepted(queue.push(message(.modelTurn(text: "b"), 7, turn: "t1")))
        let messages = try drain(&queue)
        #expect(messages.map(\.text) == ["A red \"cup\"\n", "other", "a", nil, "b"])
        #expect(messages.map(\.sequence) == [3, 4, 5, 6, 7])
    }

    @Test("what was queued before the block is compacted by it")
    func compaction() throws {
        var queue = SubscriberQueue()
        for sequence in 1...100 { accepted(queue.push(message(.modelTurn(text: "\(sequence) "), Int64(sequence), turn: "t1"))) }
        accepted(queue.push(message(.observation(Observation(text: "a")), 101)))
        accepted(queue.push(message(.observation(Observation(text: "b")), 102)))
        queue.block()
        #expect(queue.count == 2)
        let messages = try drain(&queue)
        #expect(messages[0].text == (1...100).map { "\($0) " }.joined())
        #expect(messages[1].sequence == 102)
    }

    @Test("byte counts are those of what goes out, joined or not")
    func accounting() throws {
        var queue = SubscriberQueue()
        queue.block()
        var expected = 0
        for piece in ["a", "\"", "\\", "\n\t\r", "\u{1}\u{1F}", "/", "ü🎈", "\u{7F}\u{8}\u{C}", "</script>"] {
            accepted(queue.push(message(.modelTurn(text: piece), 7, turn: "t1")))
        }
        accepted(queue.push(message(.generationComplete, 8)))
        let counted = queue.bytes
        while let bytes = queue.pop()?.bytes { expected += bytes.count }
        #expect(counted == expected)
        #expect(queue.bytes == 0)
    }

    @Test("at 256 messages that neither replace nor join, the next is refused")
    func messageLimit() throws {
        var queue = SubscriberQueue()
        for sequence in 1...256 {
            accepted(queue.push(message(.inputTranscription(Transcription(text: "x", isFinished: true)), Int64(sequence))))
        }
        refused(queue.push(message(.inputTranscription(Transcription(text: "x", isFinished: true)), 257)))
        #expect(queue.count == 256)
        // What replaces or joins needs no room of its own.
        _ = queue.pop()
        accepted(queue.push(message(.observation(Observation(text: "a")), 258)))
        queue.block()
        accepted(queue.push(message(.observation(Observation(text: "b")), 259)))
        refused(queue.push(message(.generationComplete, 260)))
    }

    @Test("at 1 MiB the next is refused, also as a text piece")
    func byteLimit() throws {
        var queue = SubscriberQueue()
        queue.block()
        let piece = String(repeating: "x", count: 100_000)
        var pieces = 0
        while queue.push(message(.modelTurn(text: piece), Int64(pieces + 1), turn: "t1")) { pieces += 1 }
        #expect(pieces == 10)
        #expect(queue.bytes <= 1 << 20)
        #expect(try drain(&queue).compactMap { $0.text?.utf8.count }.reduce(0, +) == 1_000_000)
    }

    @Test("text is joined up to what a client has to read at once")
    func joinedUpToAMessage() throws {
        var queue = SubscriberQueue()
        queue.block()
        for sequence in 1...9 {
            accepted(queue.push(message(.modelTurn(text: String(repeating: "x", count: 100_000)), Int64(sequence), turn: "t1")))
        }
        let count = queue.count
        var sizes: [Int] = []
        while let bytes = queue.pop()?.bytes { sizes.append(bytes.count) }
        #expect(count == 2 && sizes.allSatisfy { $0 <= OutboundMessage.maximumBytes } && sizes.reduce(0, +) > 900_000)
    }

    @Test("a queue that is full but not blocked is compacted before anything is refused")
    func compactsWhenFull() {
        var queue = SubscriberQueue(limits: .init(messages: 4))
        for sequence in 1...50 { accepted(queue.push(message(.modelTurn(text: "x"), Int64(sequence), turn: "t1"))) }
        #expect(queue.count <= 4)
    }

    @Test("one message larger than the limit passes an empty queue")
    func large() throws {
        var queue = SubscriberQueue(limits: .init(messages: 4, bytes: 1000))
        let big = message(.observation(Observation(text: String(repeating: "x", count: 5000))), 1)
        accepted(queue.push(big))
        refused(queue.push(message(.generationComplete, 2)))
        let popped = queue.pop()?.bytes
        #expect(popped == big.bytes)
        accepted(queue.push(message(.generationComplete, 2)))
    }

    @Test("random traffic: limits hold, order holds, text is never lost")
    func random() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<50 {
            var queue = SubscriberQueue(limits: .init(messages: 16, bytes: 2000))
            var sent = ""
            var received = ""
            var last: Int64 = 0
            for sequence in 1...400 {
                let piece = String(
                    repeating: ["a", "\n", "ü"].randomElement(using: &random) ?? "", count: Int.random(in: 1...9, using: &random))
                let event: AgentEvent =
                    switch Int.random(in: 0..<5, using: &random) {
                    case 0: .observation(Observation(text: piece))
                    case 1: .voiceActivity(VoiceActivity(.start, offset: .zero))
                    default: .modelTurn(text: piece)
                    }
                if queue.push(message(event, Int64(sequence), turn: "t1")), case .modelTurn = event { sent += piece }
                #expect(queue.count <= 16)
                #expect(queue.bytes <= 2000)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: queue.block()
                case 1: queue.unblock()
                case 2, 3:
                    if let bytes = queue.pop()?.bytes {
                        let message = try ReceivedMessage(bytes)
                        received += message.text ?? ""
                        #expect((message.sequence ?? 0) > last)
                        last = message.sequence ?? 0
                    }
                default: break
                }
            }
            for message in try drain(&queue) { received += message.text ?? "" }
            #expect(received == sent)
        }
    }

    @Test("a client that reads nothing for ten seconds is noticed, one that reads a little is not")
    func drainWatch() {
        var watch = DrainWatch()
        var now = Duration.zero
        func step(waiting: Bool, drained: Int) -> Bool {
            now += .seconds(1)
            return watch.isStalled(waiting: waiting, drained: drained, now: now)
        }
        for _ in 0..<30 { #expect(!step(waiting: false, drained: 0)) }
        for count in 0..<30 { #expect(!step(waiting: true, drained: count)) }
        for _ in 0..<9 { #expect(!step(waiting: true, drained: 29)) }
        #expect(!step(waiting: false, drained: 29))
        for _ in 0..<10 { #expect(!step(waiting: true, drained: 29)) }
        #expect(step(waiting: true, drained: 29))
    }
}
