/// One wire's own shapes on one connection: what its client says becomes the values that all wires share, and those become what it reads.
///
/// A transport carries the bytes and knows no wire; the session behind it knows none either.
package protocol Wire: Sendable {
    /// What one whole message of the client asks for, in order. It may take long for a long message, and holds nobody up.
    func read(_ bytes: [UInt8]) -> [WireInput]
    /// Whether what was asked is answered when the client has gone: what it said before is heard, then, also if its setup was not answered yet.
    var outlivesItsClient: Bool { get }
    /// What the client reads for a message; called for one after the other, in the order in which they go out.
    func write(_ message: OutboundMessage) -> WireOutput
    /// What is said last, before the connection closes; nil: nothing.
    /// - Parameters:
    ///   - error: why it closes; nil: it has come to its end, or the daemon stops.
    ///   - hasSpoken: whether anything was said before.
    func last(_ error: StatusError?, hasSpoken: Bool) -> [UInt8]?
}

/// What a client's message asks of the connection.
package enum WireInput: Sendable, Hashable {
    case message(ClientMessage)
    /// It was not understood, or cannot be done.
    case refused(StatusError)
    /// Fields of a message that needs no answer, which are not read.
    case ignored([String])
    /// The client wants nothing more: the connection ends when what is queued has gone out.
    case leave
}

/// What becomes of a message on a wire.
package struct WireOutput: Sendable, Hashable {
    /// One message as it goes out; nil: this wire has no word for it.
    package var bytes: [UInt8]?
    /// Nothing more is to be said after it: the connection ends.
    package var ends: Bool

    package init(_ bytes: [UInt8]?, ends: Bool = false) {
        self.bytes = bytes
        self.ends = ends
    }
}
