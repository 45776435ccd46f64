import AgentProtocol
import NIOCore

/// Tells by the first byte what a client speaks, and puts that transport in its own place: `{` is NDJSON, a capital letter HTTP, by
/// which WebSocket begins.
final class TransportSniffer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Who is refused before having said a word is told in lines after this time, and in his own words if he speaks meanwhile.
    private static let patience = TimeAmount.milliseconds(200)

    private let web: WebEntrance
    private var isKnown = false

    init(web: WebEntrance) { self.web = web }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        // Empty lines before the first message are keepalives too.
        guard !isKnown, let first = buffer.readableBytesView.first(where: { !" \t\r\n".utf8.contains($0) }) else { return }
        do {
            if (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) {
                try replace(context, by: web.handlers(on: context.channel), handing: buffer.from(first))
            } else {
                // 0xEF begins a byte order mark.
                let isJSON = first == UInt8(ascii: "{") || first == 0xEF
                try replace(context, by: [LineTransport(stranger: isJSON ? nil : first)], handing: buffer)
            }
        } catch { context.fireErrorCaught(error) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let farewell = event as? Farewell, !isKnown else { return context.triggerUserOutboundEvent(event, promise: promise) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.patience) {
            let (sniffer, context) = bound.value
            if !sniffer.isKnown { try? sniffer.replace(context, by: [LineTransport()]) }
            context.channel.triggerUserOutboundEvent(farewell, promise: promise)
        }
    }

    private func replace(_ context: ChannelHandlerContext, by handlers: [any ChannelHandler], handing first: ByteBuffer? = nil) throws {
        isKnown = true
        try context.pipeline.syncOperations.addHandlers(handlers, position: .after(self))
        // Once it is out of the pipeline nothing that it says gets on.
        if let first { context.fireChannelRead(wrapInboundOut(first)) }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}

extension ByteBuffer {
    /// What follows the white space before the first `byte`.
    fileprivate func from(_ byte: UInt8) -> ByteBuffer {
        var rest = self
        if let start = readableBytesView.firstIndex(of: byte) { rest.moveReaderIndex(to: start) }
        return rest
    }
}
