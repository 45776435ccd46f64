import AgentProtocol
import NIOCore

/// Newline-delimited JSON: a message a line, both ways.
final class LineTransport: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = TransportInput
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// What the client began with, when it is the beginning of no message.
    private let stranger: UInt8?

    init(stranger: UInt8? = nil) { self.stranger = stranger }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(stranger.map { .unknown(firstByte: $0) } ?? .lines(unwrapInboundIn(data))))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var line = unwrapOutboundIn(data)
        line.writeInteger(UInt8(ascii: "\n"))
        context.write(wrapOutboundOut(line), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let farewell = event as? Farewell else { return context.triggerUserOutboundEvent(event, promise: promise) }
        var last = ByteBuffer()
        if let words = farewell.wire.last(farewell.error, hasSpoken: true) {
            last.writeBytes(words)
            last.writeInteger(UInt8(ascii: "\n"))
        }
        // The last write stands before the close in the channel's own order.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(last)).whenComplete { _ in farewell.close(bound.value, isSaid: farewell.error != nil) }
    }
}
