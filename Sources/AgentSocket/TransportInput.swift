import NIOCore

/// What a transport hands to ``ConnectionHandler``: bytes, and where messages end. No transport knows what a message means.
enum TransportInput: Sendable {
    /// Bytes of messages that end with line breaks.
    case lines(ByteBuffer)
    /// A piece of one message.
    case piece(ByteBuffer, isLast: Bool)
    /// Bytes that the transport itself holds, because they are no whole piece yet.
    case held(Int)
    /// The first byte belongs to no transport.
    case unknown(firstByte: UInt8)
}
