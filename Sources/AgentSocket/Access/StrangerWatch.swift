import NIOCore

/// Closes a connection that has shown no key in time. Nearest to the socket: before a TLS handshake nothing that is written gets out, a
/// farewell neither, so that whoever says nothing would keep his place for ever.
final class StrangerWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// For a farewell that can be said.
    private static let grace = Duration.seconds(2)

    private let limit: Duration
    private let isStranger: @Sendable () -> Bool
    private var deadline: Scheduled<Void>?

    /// - Parameter limit: after which it is told, where that is possible.
    init(limit: Duration, isStranger: @escaping @Sendable () -> Bool) {
        self.limit = limit
        self.isStranger = isStranger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .init(limit + Self.grace)) { [isStranger] in
            if isStranger() { bound.value.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
}
