import AgentProtocol
import Testing

/// How a Live Interaction ends: half-closed, cancelled, left, or with the daemon.
@Suite("The end of Live Interactions")
struct InteractionsEndTests: InteractionsSuite {
    /// Asks, and says that the question is taken as `turn`.
    private func ask(_ wire: InteractionsWire, turn: String) throws {
        let message = try #require(messages(wire, #"{"event_type":"input","content":[{"type":"text","text":"x"}]}"#).first)
        #expect(try events(wire, .reply(.accepted), turn: turn, re: message.id).first?["status"] == "in_progress")
    }

    @Test("complete: at once where nothing is under way, else when all that was asked is answered; nothing can be said after it")
    func complete() throws {
        let complete = #"{"event_type":"interaction.complete"}"#
        let idle = try joined()
        #expect(read(idle, complete) == [.leave])
        #expect(try JSONText.parse(try #require(idle.last(nil, hasSpoken: true)))["event_type"] == "interaction.completed")

        let wire = try joined()
        try ask(wire, turn: "t1")
        #expect(read(wire, complete) == [])
        #expect(refusal(wire, #"{"event_type":"input","content":[{"type":"text","text":"y"}]}"#)?.reason == "NOT_POSSIBLE_NOW")
        #expect(!wire.write(OutboundMessage(ServerMessage(.modelTurn(text: "z"), turn: "t1"))).ends)
        let usage = Usage(promptTokens: 5, responseTokens: 2)
        #expect(wire.write(OutboundMessage(ServerMessage(.turnComplete(TurnComplete(usage: usage)), turn: "t1"))).ends)
        let last = try JSONText.parse(try #require(wire.last(nil, hasSpoken: true)))
        #expect(last["event_type"] == "interaction.completed")
        #expect(last["usage"]?["total_input_tokens"] == 5)
        #expect(last["status"]?["code"] == 0)
        #expect(read(wire, complete) == [])
    }

    @Test("an end that is lost is not waited for")
    func lostEnd() throws {
        let wire = try joined("main@3")
        var piece = ServerMessage(.modelTurn(text: "x"), sequence: 4, turn: "t1")
        piece.owner = ClientContext.ID(1)
        _ = wire.write(OutboundMessage(piece))
        #expect(read(wire, #"{"event_type":"interaction.complete"}"#) == [])
        #expect(wire.write(OutboundMessage(ServerMessage(.gap(.events(from: 5, to: 9))))).ends)
    }

    @Test("a question that is refused is waited for no longer")
    func refusedQuestion() throws {
        let wire = try joined()
        let message = try #require(messages(wire, #"{"event_type":"input","content":[{"type":"text","text":"x"}]}"#).first)
        #expect(read(wire, #"{"event_type":"interaction.complete"}"#) == [])
        let error = StatusError(.invalidArgument, "no.", reason: "X", re: message.id)
        #expect(wire.write(OutboundMessage(ServerMessage(.error(error), re: message.id))).ends)
    }

    @Test("sound that was sent is at its end with complete")
    func endOfSound() throws {
        let wire = try joined("mmagent", session: "s1")
        _ = read(wire, #"{"event_type":"input","content":[{"type":"audio","data":"AAA=","mime_type":"audio/pcm"}]}"#)
        let inputs = read(wire, #"{"event_type":"interaction.complete"}"#)
        guard case .message(let message)? = inputs.first else { throw UnexpectedInputs(inputs: inputs) }
        #expect(message.kind == .realtimeInput([.audioStreamEnd]))
        #expect(inputs.last == .leave)
    }

    @Test("cancel stops the turns that this client began, and is the end")
    func cancel() throws {
        let wire = try joined()
        try ask(wire, turn: "t1")
        _ = read(wire, #"{"event_type":"input","content":[{"type":"text","text":"y"}]}"#)
        let inputs = read(wire, #"{"event_type":"interaction.cancel"}"#)
        let kinds = inputs.compactMap { if case .message(let message) = $0 { message.kind } else { nil } }
        #expect(kinds == [.native(.cancel(turn: "t1")), .native(.cancel(turn: nil))])
        #expect(inputs.last == .leave)
        #expect(try JSONText.parse(try #require(wire.last(nil, hasSpoken: true)))["event_type"] == "interaction.cancelled")
        #expect(read(wire, #"{"event_type":"input","content":[{"type":"text","text":"z"}]}"#) == [])
    }

    @Test("disconnect leaves without a word; a daemon that stops says where to go on; a refusal is said before anything else")
    func leaving() throws {
        let wire = try joined()
        try ask(wire, turn: "t1")
        #expect(read(wire, #"{"event_type":"interaction.disconnect"}"#) == [.leave])
        #expect(wire.last(nil, hasSpoken: true) == nil)

        let stopped = try joined()
        #expect(stopped.write(OutboundMessage(ServerMessage(.goAway(timeLeft: .seconds(2))))).ends)
        let last = try JSONText.parse(try #require(stopped.last(nil, hasSpoken: true)))
        #expect(last["event_type"] == "reconnection_required" && last["event_id"] == "7")

        let busy = try joined()
        try ask(busy, turn: "t1")
        #expect(!busy.write(OutboundMessage(ServerMessage(.goAway(timeLeft: .seconds(2))))).ends)
        #expect(busy.write(OutboundMessage(ServerMessage(.turnComplete(TurnComplete()), turn: "t1"))).ends)

        let refused = InteractionsWire()
        #expect(refused.last(nil, hasSpoken: false) == nil)
        let words = try JSONText.parse(try #require(refused.last(StatusError(.notFound, "none.", reason: "X"), hasSpoken: false)))
        #expect(words["event_type"] == "error" && words["mm"]?["fatal"] == true)
    }
}
