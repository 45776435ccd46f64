import AgentProtocol
import Glibc
import NIOCore

/// One connection on its event loop: bytes to lines, the reading pace, and the watch over a client that does not read.
///
/// Lines go to the connection's task through `lines`. At ``pendingLimit`` unhandled ones, or ``pendingByteLimit`` bytes, or when all
/// clients' budget is spent, the socket is no longer read, so that the client's writes block instead of the daemon's memory growing.
/// Nothing that follows the setup is read before it is accepted.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Input: Sendable {
        case line([UInt8])
        case refused(ProtocolError)
        /// The first byte was not that of a JSON object.
        case otherTransport(firstByte: UInt8)

        var byteCount: Int { if case .line(let bytes) = self { bytes.count } else { 0 } }
    }

    private static let pendingLimit = AgentServer.Configuration.pendingMessages
    private static let pendingByteLimit = AgentServer.Configuration.pendingBytes

    private let lines: AsyncStream<Input>.Continuation
    private let outbox: Outbox
    private let budget: InputBudget
    private let maximumLineBytes: Int
    private let setupTimeout: Duration
    private var framer: LineFramer
    private var drainWatch: DrainWatch

    private var isFirstByteSeen = false
    private var isSetUp = false
    private var isFinished = false
    private var pending = 0
    private var pendingBytes = 0
    /// What the budget holds of this connection.
    private var charged = 0
    private var isReadHeld = false
    private var context: ChannelHandlerContext?
    private var setupDeadline: Scheduled<Void>?
    private var watchTask: RepeatedTask?
    private var written = 0

    init(
        lines: AsyncStream<Input>.Continuation, outbox: Outbox, budget: InputBudget, maximumSetupBytes: Int, maximumLineBytes: Int,
        setupTimeout: Duration, stallLimit: Duration
    ) {
        self.lines = lines
        self.outbox = outbox
        self.budget = budget
        self.maximumLineBytes = maximumLineBytes
        self.setupTimeout = setupTimeout
        framer = LineFramer(maximumLineBytes: min(maximumSetupBytes, maximumLineBytes))
        drainWatch = DrainWatch(limit: stallLimit)
    }

    // MARK: Called by the connection's task, on the event loop

    /// The task goes on to its next input.
    func handled() {
        pending -= 1
        goOn()
    }

    /// Nothing holds an input of this many bytes any more.
    func released(bytes: Int) {
        pendingBytes -= bytes
        goOn()
    }

    /// Setup has been accepted: the client may send long lines.
    func setupAccepted() {
        isSetUp = true
        framer.maximumLineBytes = maximumLineBytes
        endSetupDeadline()
        goOn()
    }

    private func goOn() {
        forward()
        charge()
        if !isPaused, isReadHeld {
            isReadHeld = false
            context?.read()
        }
    }

    private func endSetupDeadline() {
        setupDeadline?.cancel()
        setupDeadline = nil
    }

    /// Nothing more is taken; what still comes is read and dropped.
    func finish() {
        isFinished = true
        lines.finish()
        endSetupDeadline()
        if context?.channel.isActive != true {
            watchTask?.cancel()
            watchTask = nil
        } else if isReadHeld {
            isReadHeld = false
            context?.read()
        }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let timeout = setupTimeout
        setupDeadline = context.eventLoop.scheduleTask(in: .init(timeout)) { [outbox] in
            outbox.close(
                StatusError(
                    .deadlineExceeded, "no setup came within \(timeout.figure): send {\"setup\":{}} as the first line",
                    reason: "SETUP_TIMEOUT"))
        }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        watchTask = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in bound.value.watch() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if !isFirstByteSeen {
            // Empty lines before the first message are keepalives too.
            guard let first = buffer.readableBytesView.first(where: { !" \t\r\n".utf8.contains($0) }) else { return }
            isFirstByteSeen = true
            // 0xEF begins a byte order mark.
            if first != UInt8(ascii: "{"), first != 0xEF {
                deliver(.otherTransport(firstByte: first))
                finish()
                return
            }
        }
        guard !isFinished else { return }
        framer.push(buffer.readableBytesView)
        charge()
        if framer.partialBytes > InputBudget.always, budget.isSpent {
            framer.refuseLine(.inputBudgetSpent(limit: budget.limit))
            charge()
        }
        forward()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused { isReadHeld = true } else { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { outbox.flush() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The client says nothing more, but may still listen.
        if let event = event as? ChannelEvent, event == .inputClosed { endOfInput() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        framer = LineFramer(maximumLineBytes: 0)
        charge()
        outbox.discard()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset by the peer is an ordinary end.
        context.close(promise: nil)
    }

    // MARK: Parts

    /// What follows the end is read and dropped.
    private var isPaused: Bool {
        guard !isFinished else { return false }
        return pending >= Self.pendingLimit || pendingBytes >= Self.pendingByteLimit || pending > 0 && (!isSetUp || budget.isSpent)
    }

    /// Counts what this connection holds to the budget of all.
    private func charge() {
        let held = framer.partialBytes + framer.readyBytes + pendingBytes
        budget.change(by: held - charged)
        charged = held
    }

    /// Hands on what the framer has, as far as the limits allow.
    private func forward() {
        while !isFinished, !isPaused, let element = framer.next() {
            switch element {
            case .line(let bytes): deliver(.line(bytes))
            case .refused(let error): deliver(.refused(error))
            }
        }
        if isInputClosed, !isFinished, !isPaused { finish() }
    }

    private var isInputClosed = false

    private func endOfInput() {
        isInputClosed = true
        framer.finish()
        forward()
    }

    private func deliver(_ input: Input) {
        // The client has spoken: how long its setup takes is not its own doing.
        endSetupDeadline()
        pending += 1
        pendingBytes += input.byteCount
        lines.yield(input)
    }

    private func watch() {
        guard let context else { return }
        let channel = context.channel
        let buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        var unread: Int32 = 0
        _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
            // Bytes in the kernel that the client has not read (SIOCOUTQ, which is TIOCOUTQ).
            ioctl(descriptor, UInt(TIOCOUTQ), &unread)
        }
        let now = Duration.nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
        let drained = written - buffered - Int(unread)
        if drainWatch.isStalled(waiting: buffered > 0 || outbox.isWaiting && !channel.isWritable, drained: drained, now: now) {
            context.close(promise: nil)
        }
    }
}
