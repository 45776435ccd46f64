import AgentProtocol
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What a connection that begins with HTTP goes through: an upgrade to WebSocket, or one page.
struct WebEntrance: Sendable {
    /// The largest WebSocket frame that a client may send.
    let maximumFrameBytes: Int
    /// Whether a request may go on.
    let admit: @Sendable (HTTPRequestHead) -> Admission
    /// Answers for a path that is no client's entrance; nil: there is no such page.
    let page: @Sendable (String) async -> WebPage?
    /// A client has upgraded: what it speaks.
    let speaks: @Sendable (any Wire) -> Void
    /// And who it is, where its request said so.
    let joined: @Sendable (Caller) -> Void

    func handlers(on channel: any Channel) -> [any ChannelHandler] {
        let encoder = HTTPResponseEncoder()
        // Bytes that follow the request in the same read are the first frames.
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let desk = WebDesk(admit: admit, page: page)
        let upgrader = WebSocketUpgrader(
            maximumFrameBytes: maximumFrameBytes, desk: NIOLoopBound(desk, eventLoop: channel.eventLoop), speaks: speaks,
            joined: joined)
        let upgrade = HTTPServerUpgradeHandler(
            upgraders: [upgrader], httpEncoder: encoder, extraHTTPHandlers: [decoder], upgradeCompletionHandler: { _ in })
        return [encoder, decoder, upgrade, desk]
    }
}

/// NIO's handshake, with the frames' handlers where this pipeline has its transport.
private final class WebSocketUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let supportedProtocol = "websocket"
    let requiredUpgradeHeaders: [String] = []

    private let maximumFrameBytes: Int
    private let desk: NIOLoopBound<WebDesk>
    private let speaks: @Sendable (any Wire) -> Void
    private let joined: @Sendable (Caller) -> Void
    private let handshake: NIOWebSocketServerUpgrader

    init(
        maximumFrameBytes: Int, desk: NIOLoopBound<WebDesk>, speaks: @escaping @Sendable (any Wire) -> Void,
        joined: @escaping @Sendable (Caller) -> Void
    ) {
        self.maximumFrameBytes = maximumFrameBytes
        self.desk = desk
        self.speaks = speaks
        self.joined = joined
        handshake = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(desk.value.takes(head) ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
    }

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        handshake.buildUpgradeResponse(channel: channel, upgradeRequest: upgradeRequest, initialResponseHeaders: initialResponseHeaders)
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        context.eventLoop.makeCompletedFuture {
            if let path = LivePath(upgradeRequest.uri) { speaks(path.makeWire()) }
            let pipeline = context.pipeline.syncOperations
            let meter = ByteMeter()
            try pipeline.addHandlers(
                [
                    meter, WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: maximumFrameBytes)),
                    WebSocketTransport(received: meter),
                ], position: .before(desk.value))
            let caller = desk.value.caller
            pipeline.removeHandler(desk.value, promise: nil)
            if let caller { joined(caller) }
        }
    }
}

/// Counts the bytes of frames that arrive, whole or not.
final class ByteMeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private(set) var bytes = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
    }
}
