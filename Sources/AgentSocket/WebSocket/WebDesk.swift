import AgentProtocol
import NIOCore
import NIOHTTP1

/// Answers requests that do not become WebSockets: a page, or a sentence that says what to do. Then the connection closes.
final class WebDesk: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = TransportInput
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTPServerResponsePart

    private let admit: @Sendable (HTTPRequestHead) -> Admission
    private let page: @Sendable (String) async -> WebPage?
    private var head: HTTPRequestHead?
    /// Of the one request of this connection: it is decided once, whoever asks.
    private var admission: Admission?
    private var isAnswered = false

    init(admit: @escaping @Sendable (HTTPRequestHead) -> Admission, page: @escaping @Sendable (String) async -> WebPage?) {
        self.admit = admit
        self.page = page
    }

    /// Whether a request is a client's that may come in.
    func takes(_ head: HTTPRequestHead) -> Bool {
        if case .allowed = admission(of: head) { LivePath(head.uri) != nil } else { false }
    }

    /// Who has come in; nil: nobody that the request named.
    var caller: Caller? { if case .allowed(let caller) = admission { caller } else { nil } }

    private func admission(of head: HTTPRequestHead) -> Admission {
        let admission = admission ?? admit(head)
        self.admission = admission
        return admission
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
        if case .refused(let page) = admission(of: head) { return answer(page, context) }
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
                "there is no \(path.prefix(100)) here: clients open a WebSocket at …BidiGenerateContent or …/interactions/live, pages are /health and /metrics"
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
        for header in page.headers { headers.add(name: header.name, value: header.value) }
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
        answer(
            WebPage(
                status: 400,
                text: "this is no HTTP request that can be read: \(error); newline-delimited JSON is spoken on the Unix socket alone"),
            context)
    }
}
