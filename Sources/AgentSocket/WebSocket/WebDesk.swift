import AgentProtocol
import NIOCore
import NIOHTTP1

/// Answers requests that do not become WebSockets: a page, or a sentence that says what to do. Then the connection closes.
final class WebDesk: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = TransportInput
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTPServerResponsePart

    private let page: @Sendable (String) async -> WebPage?
    private var head: HTTPRequestHead?
    private var isAnswered = false

    init(page: @escaping @Sendable (String) async -> WebPage?) { self.page = page }

    /// Whether a request is a client's that may come in.
    static func takes(_ head: HTTPRequestHead) -> Bool { LivePath(head.uri) != nil && refusal(of: head) == nil }

    /// A page of somebody else's, in a browser on this machine, may not open the microphone's agent.
    private static func refusal(of head: HTTPRequestHead) -> WebPage? {
        guard let origin = head.headers.first(name: "origin") else { return nil }
        return WebPage(status: 403, text: "requests of web pages are not taken, and this one says that it comes from \(origin.prefix(100))")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            decide(head, context)
        case .body, .end: break  // Nothing is read of a request but its head.
        }
    }

    private func decide(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let refusal = Self.refusal(of: head) { return answer(refusal, context) }
        guard head.method == .GET || head.method == .HEAD else {
            return answer(
                WebPage(status: 405, text: "\(head.method.rawValue) is no method of this server: GET a page, or open a WebSocket"), context)
        }
        if let path = LivePath(head.uri) {
            let text = "\(path.shown) is a WebSocket: ask for it with Upgrade: websocket, Sec-WebSocket-Version: 13 and a Sec-WebSocket-Key"
            return answer(WebPage(status: 426, text: text), context)
        }
        let (path, page) = (LivePath.collapsed(head.uri), page)
        let done = context.eventLoop.makePromise(of: WebPage.self)
        done.completeWithTask {
            let missing =
                "there is no \(path.prefix(100)) here: clients open a WebSocket at …BidiGenerateContent, pages are /health and /metrics"
            return await page(path) ?? WebPage(status: 404, text: missing)
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        done.futureResult.whenSuccess { page in
            let (desk, context) = bound.value
            desk.answer(page, context)
        }
    }

    private func answer(_ page: WebPage, _ context: ChannelHandlerContext) {
        guard !isAnswered else { return }
        isAnswered = true
        var headers = HTTPHeaders([
            ("Content-Type", page.contentType), ("Content-Length", "\(page.body.utf8.count)"), ("Connection", "close"),
            ("Cache-Control", "no-store"),
        ])
        if page.status == 426 { headers.add(name: "Upgrade", value: "websocket") }
        let version = head?.version ?? .http1_1
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: version, status: .init(statusCode: page.status), headers: headers))),
            promise: nil)
        if head?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: page.body)))), promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in Farewell().close(bound.value, isSaid: true) }
    }

    /// Nothing of a session is written before there is one.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) { promise?.succeed() }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let farewell = event as? Farewell else { return context.triggerUserOutboundEvent(event, promise: promise) }
        guard let error = farewell.error else { return isAnswered ? () : context.close(promise: nil) }
        answer(WebPage(status: error.status.code, text: error.message), context)
    }

    /// A handshake that was refused is answered as the page that it is not; bytes that are no HTTP with 400.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return }
        answer(WebPage(status: 400, text: "this is no HTTP request that can be read: \(error)"), context)
    }
}
