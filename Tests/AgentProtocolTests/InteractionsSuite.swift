import AgentProtocol
import Testing

struct UnexpectedInputs: Error { let inputs: [WireInput] }

/// A connection on the wire of Live Interactions: what is said on it, and what it says.
protocol InteractionsSuite {}

extension InteractionsSuite {
    /// A connection whose setup has been accepted.
    func joined(_ id: String = "main", session: String = "main") throws -> InteractionsWire {
        let wire = InteractionsWire()
        let inputs = read(wire, #"{"event_type":"interaction.connect","id":"\#(id)"}"#)
        guard case .message(let message)? = inputs.first, case .setup = message.kind else { throw UnexpectedInputs(inputs: inputs) }
        _ = wire.write(setupComplete(session))
        return wire
    }

    func read(_ wire: InteractionsWire, _ text: String) -> [WireInput] { wire.read(Array(text.utf8)) }

    func messages(_ wire: InteractionsWire, _ text: String) -> [ClientMessage] {
        read(wire, text).compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    func refusal(_ wire: InteractionsWire, _ text: String) -> StatusError? {
        if case .refused(let error)? = read(wire, text).first { error } else { nil }
    }

    func setup(_ text: String) throws -> Setup {
        let inputs = read(InteractionsWire(), text)
        guard case .message(let message)? = inputs.first, case .setup(let setup) = message.kind else {
            throw UnexpectedInputs(inputs: inputs)
        }
        return setup
    }

    func setupComplete(_ session: String) -> OutboundMessage {
        OutboundMessage(ServerMessage(.setupComplete(SetupComplete(sessionID: session, server: "s/1", next: 8)), sequence: 7))
    }

    /// The events that a message becomes.
    func events(
        _ wire: InteractionsWire, _ event: AgentEvent, _ sequence: Int64? = nil, turn: String? = "t1", re: RequestID? = nil
    ) throws -> [JSONValue] {
        guard let bytes = wire.write(OutboundMessage(ServerMessage(event, sequence: sequence, turn: turn, re: re))).bytes else { return [] }
        let value = try JSONText.parse(bytes)
        return value["events"]?.array ?? [value]
    }

    func types(_ events: [JSONValue]) -> [String] { events.compactMap { $0["event_type"]?.string } }

    func content(_ message: ClientMessage?) -> ClientContent? {
        if case .clientContent(let content)? = message?.kind { content } else { nil }
    }
}
