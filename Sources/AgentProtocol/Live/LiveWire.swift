/// The messages of the Gemini Live API, with this project's own under `mm`: a message is an object of one kind, both ways.
package struct LiveWire: Wire {
    package init() {}

    package var outlivesItsClient: Bool { false }

    package func read(_ bytes: [UInt8]) -> [WireInput] {
        do throws(StatusError) {
            return [.message(try ClientMessage(bytes))]
        } catch {
            return [.refused(error)]
        }
    }

    package func write(_ message: OutboundMessage) -> WireOutput { WireOutput(message.bytes) }

    /// Before setupComplete nothing is said: what a client reads first it takes for that.
    package func last(_ error: StatusError?, hasSpoken: Bool) -> [UInt8]? {
        guard let error, hasSpoken else { return nil }
        return OutboundMessage(ServerMessage(.error(error.fatal), time: .now(), re: error.re)).bytes
    }
}
