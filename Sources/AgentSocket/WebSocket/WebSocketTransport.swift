import AgentProtocol
import NIOCore
import NIOWebSocket

/// WebSocket (RFC 6455): a message is a text or binary message, in one frame or in several; what goes out is one text frame a message.
///
/// Pings are answered here, on the event loop, whatever the model computes.
final class WebSocketTransport: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = TransportInput
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    private static let controlBytes = 125
    /// How long the other side may take to answer a close.
    private static let patience = TimeAmount.seconds(5)

    private let received: ByteMeter
    private var consumed = 0
    private var isInMessage = false
    private var text: UTF8Progress?
    private var isClosing = false
    /// setupComplete stands before all else: what a client reads first it takes for that.
    private var hasSpoken = false
    /// The newest ping's data, while a client that does not read leaves no room for its answer: of several pings the last
    /// may be answered alone (RFC 6455 §5.5.3), and so no flood of them fills the memory.
    private var owedPong: ByteBuffer?

    /// - Parameter received: what counts the bytes before they are frames.
    init(received: ByteMeter) { self.received = received }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        consumed += frame.size
        guard !isClosing || frame.opcode == .connectionClose else { return }
        do throws(Violation) {
            try take(frame, context)
        } catch {
            close(error.code, error.reason, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelRead(wrapInboundOut(.held(max(0, received.bytes - consumed))))
        context.fireChannelReadComplete()
    }

    private struct Violation: Error {
        var code = 1002
        let reason: String
    }

    private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) throws(Violation) {
        guard frame.maskKey != nil else { throw Violation(reason: "a client's frames are masked") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            throw Violation(reason: "no extension was agreed on, and a reserved bit is set")
        }
        var frame = frame
        if let key = frame.maskKey { frame.data.webSocketUnmask(key) }
        switch frame.opcode {
        case .text, .binary:
            guard !isInMessage else { throw Violation(reason: "a message begins within another") }
            text = frame.opcode == .text ? UTF8Progress() : nil
            try piece(frame, context)
        case .continuation:
            guard isInMessage else { throw Violation(reason: "a continuation of no message") }
            try piece(frame, context)
        case .ping:
            try control(frame)
            owedPong = frame.data
            answerPing(context)
        case .pong: try control(frame)
        case .connectionClose:
            try control(frame)
            try farewell(of: frame, context)
        default: throw Violation(reason: "a frame of an unknown kind")
        }
    }

    private func piece(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) throws(Violation) {
        isInMessage = !frame.fin
        if text?.isBroken(by: frame.data.readableBytesView, atEnd: frame.fin) == true {
            throw Violation(code: 1007, reason: "a text message is not UTF-8")
        }
        context.fireChannelRead(wrapInboundOut(.piece(frame.data, isLast: frame.fin)))
    }

    private func answerPing(_ context: ChannelHandlerContext) {
        guard !isClosing, context.channel.isWritable, let data = owedPong else { return }
        owedPong = nil
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, data: data)), promise: nil)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        answerPing(context)
        context.fireChannelWritabilityChanged()
    }

    private func control(_ frame: WebSocketFrame) throws(Violation) {
        guard frame.fin, frame.data.readableBytes <= Self.controlBytes else {
            throw Violation(reason: "a control frame is one frame of \(Self.controlBytes) bytes at most")
        }
    }

    /// The client closes, or answers our close.
    private func farewell(of frame: WebSocketFrame, _ context: ChannelHandlerContext) throws(Violation) {
        guard !isClosing else { return context.close(promise: nil) }
        var rest = frame.data
        guard rest.readableBytes > 0 else { return close(nil, "", context) }
        guard let code = rest.readInteger(as: UInt16.self), Self.mayBeSent(code) else {
            throw Violation(reason: "a close with no code that may be sent")
        }
        var reason = UTF8Progress()
        guard !reason.isBroken(by: rest.readableBytesView, atEnd: true) else {
            throw Violation(code: 1007, reason: "a reason that is not UTF-8")
        }
        close(Int(code), "", context)
    }

    /// RFC 6455 §7.4 and the registry after it: 1004 to 1006 and 1015 are never sent.
    private static func mayBeSent(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // What follows a frame that could not be read cannot be read either; it is dropped until the client closes.
        case is NIOWebSocketError where isClosing, is ByteToMessageDecoderError where isClosing: break
        case NIOWebSocketError.invalidFrameLength: close(1009, "a frame is larger than is taken here", context)
        case is NIOWebSocketError: close(1002, "a frame that cannot be read", context)
        default: context.fireErrorCaught(error)
        }
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isClosing else { return promise?.succeed() ?? () }
        hasSpoken = true
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: unwrapOutboundIn(data))), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let farewell = event as? Farewell else { return context.triggerUserOutboundEvent(event, promise: promise) }
        // A close has room for a sentence's beginning: whoever reads messages has all of it before.
        if !isClosing, let words = farewell.wire.last(farewell.error, hasSpoken: hasSpoken) {
            context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: words))), promise: nil)
        }
        guard let error = farewell.error else { return close(farewell.isDone ? 1000 : 1001, "", context) }  // the daemon goes away
        close(error.status.closeCode, [error.reason, error.message].compactMap { $0 }.joined(separator: ": "), context)
    }

    /// Says why, and closes when the client has answered, or has not for long.
    private func close(_ code: Int?, _ reason: String, _ context: ChannelHandlerContext) {
        guard !isClosing else { return }
        isClosing = true
        var data = ByteBuffer()
        if let code {
            data.writeInteger(UInt16(code))
            data.writeString(reason.cut(toBytes: Self.controlBytes - 2))
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))).whenComplete { _ in
            Farewell().close(bound.value, isSaid: true)
        }
    }
}

extension WebSocketFrame {
    /// On the wire.
    fileprivate var size: Int {
        let extended = length <= 125 ? 0 : length <= 0xFFFF ? 2 : 8
        return 2 + extended + (maskKey == nil ? 0 : 4) + length
    }
}

extension String {
    /// As much of the beginning as fits, of whole characters.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var end = startIndex
        var bytes = 0
        while end < endIndex {
            bytes += self[end].utf8.count
            guard bytes <= limit - 3 else { break }
            end = index(after: end)
        }
        return self[..<end] + "…"
    }
}
