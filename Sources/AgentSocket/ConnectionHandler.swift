import AgentProtocol
import NIOCore

/// One connection on its event loop: whole messages, and the pace at which they are read.
///
/// Messages go to the connection's task through `lines`. At ``pendingLimit`` unhandled ones, or ``pendingByteLimit`` bytes, or when all
/// clients' budget is spent, the socket is no longer read, so that the client's writes block instead of the daemon's memory growing.
/// What follows the setup waits until that is accepted, and of more than ``aheadLimit`` bytes the rest is not read before.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = TransportInput
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
    /// A client that has gone is only known to have said what was read. With one more read it stays within ``InputBudget/always``, and some.
    private static let aheadLimit = 4 << 10

    private let lines: AsyncStream<Input>.Continuation
    private let outbox: Outbox
    private let budget: InputBudget
    private let maximumLineBytes: Int
    private let setupTimeout: Duration
    private var framer: LineFramer

    private var isSetUp = false
    private var isFinished = false
    private var isInputClosed = false
    /// The client has gone, and what it said before is heard all the same.
    private(set) var isHeardOut = false
    private var pending = 0
    private var pendingBytes = 0
    /// What the transport holds.
    private var heldBytes = 0
    /// What the budget holds of this connection.
    private var charged = 0
    private var isReadHeld = false
    private var context: ChannelHandlerContext?
    private var setupDeadline: Scheduled<Void>?

    init(
        lines: AsyncStream<Input>.Continuation, outbox: Outbox, budget: InputBudget, maximumSetupBytes: Int, maximumLineBytes: Int,
        setupTimeout: Duration
    ) {
        self.lines = lines
        self.outbox = outbox
        self.budget = budget
        self.maximumLineBytes = maximumLineBytes
        self.setupTimeout = setupTimeout
        framer = LineFramer(maximumLineBytes: min(maximumSetupBytes, maximumLineBytes))
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
        endSetupDeadline()
        goOn()
    }

    private func goOn() {
        forward()
        charge()
        if !mustWait, isReadHeld {
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
        if isInputClosed { framer = LineFramer(maximumLineBytes: 0) }
        lines.finish()
        endSetupDeadline()
        if context?.channel.isActive == true, isReadHeld {
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
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if !isHeardOut { finish() }
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isFinished else { return }
        switch unwrapInboundIn(data) {
        case .lines(let buffer): framer.push(buffer.readableBytesView)
        case .piece(let buffer, let isLast):
            framer.push(piece: buffer.readableBytesView)
            if isLast { framer.finish() }
        case .held(let bytes):
            heldBytes = bytes
            refuseHeld()
        case .unknown(let byte):
            deliver(.otherTransport(firstByte: byte))
            finish()
            return
        }
        charge()
        if framer.partialBytes > InputBudget.always, budget.isSpent {
            framer.refuseLine(.inputBudgetSpent(limit: budget.limit))
            charge()
        }
        forward()
    }

    func read(context: ChannelHandlerContext) {
        if mustWait { isReadHeld = true } else { context.read() }
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
        heldBytes = 0
        isInputClosed = true
        // What stands behind a setup that is not answered yet: 64 kB at most.
        isHeardOut = !isFinished && !isSetUp && framer.readyBytes > 0 && outbox.wire.outlivesItsClient
        if !isHeardOut { finish() }
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

    /// Whether the socket is not to be read.
    private var mustWait: Bool {
        guard isPaused else { return false }
        return isSetUp || framer.partialBytes + framer.readyBytes + heldBytes > Self.aheadLimit || budget.isSpent
    }

    /// Counts what this connection holds to the budget of all.
    private func charge() {
        let held = framer.partialBytes + framer.readyBytes + heldBytes + pendingBytes
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
        // What stands behind the setup may be as long as any: it waits.
        framer.maximumLineBytes = maximumLineBytes
        lines.yield(input)
    }

    /// A transport cannot drop the rest of what it has begun: too much of that ends the connection.
    private func refuseHeld() {
        let limit = framer.maximumLineBytes
        // One read may bring more than the message that it belongs to.
        if heldBytes > limit + InputBudget.always {
            outbox.close(ProtocolError.lineTooLong(limit: limit).status())
        } else if heldBytes > InputBudget.always, budget.isSpent {
            outbox.close(ProtocolError.inputBudgetSpent(limit: budget.limit).status())
        } else {
            return
        }
        finish()
    }
}
