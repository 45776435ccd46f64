import AgentProtocol
import NIOCore
import Synchronization

/// What a client has received and not read yet. At 256 messages the socket is read no further until half of them are taken.
final class Mailbox: Sendable {
    private struct State {
        var messages: [Result<ReceivedMessage, AgentClientError>] = []
        var isClosed = false
        var isReadHeld = false
        var waiter: CheckedContinuation<Result<ReceivedMessage?, AgentClientError>, Never>?
        /// Counts the calls of `next`, so that a late timeout never ends a later wait.
        var waitNumber = 0
        /// A wait that expired before it began to wait.
        var expired: (wait: Int, error: AgentClientError)?
        var resumeReading: (@Sendable () -> Void)?
        var fatalError: StatusError?
    }

    struct Timeout: Sendable {
        var limit: TimeAmount
        var error: AgentClientError
        var eventLoop: any EventLoop
    }

    static let limit = 256
    private let state = Mutex(State())
    private let maximumLineBytes: Int

    init(maximumLineBytes: Int) { self.maximumLineBytes = maximumLineBytes }

    func makeHandler() -> some ChannelHandler { MailboxHandler(mailbox: self, maximumLineBytes: maximumLineBytes) }

    /// A fatal error the daemon has sent, read or not.
    var fatalError: StatusError? { state.withLock { $0.fatalError } }

    /// One reader at a time; a second one that waits at the same time gets the end.
    func next(timeout: Timeout? = nil) async throws(AgentClientError) -> ReceivedMessage? {
        let number = state.withLock { state in
            state.waitNumber += 1
            return state.waitNumber
        }
        let expiry = timeout.map { timeout in
            timeout.eventLoop.scheduleTask(in: timeout.limit) { self.expire(timeout.error, wait: number) }
        }
        defer { expiry?.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (immediate, resume) = state.withLock {
                    state -> (Result<ReceivedMessage?, AgentClientError>?, (@Sendable () -> Void)?) in
                    if !state.messages.isEmpty {
                        let first = state.messages.removeFirst()
                        let mayRead = state.isReadHeld && state.messages.count <= Self.limit / 2
                        if mayRead { state.isReadHeld = false }
                        return (first.map { $0 }, mayRead ? state.resumeReading : nil)
                    }
                    if state.isClosed || state.waiter != nil { return (.success(nil), nil) }
                    if Task.isCancelled { return (.failure(.cancelled), nil) }
                    if let expired = state.expired, expired.wait == number { return (.failure(expired.error), nil) }
                    state.waiter = continuation
                    return (nil, nil)
                }
                resume?()
                if let immediate { continuation.resume(returning: immediate) }
            }
        } onCancel: {
            expire(.cancelled, wait: number)
        }
        return try result.get()
    }

    /// Ends wait `number`, if it still lasts.
    private func expire(_ error: AgentClientError, wait number: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Result<ReceivedMessage?, AgentClientError>, Never>? in
            guard state.waitNumber == number else { return nil }
            state.expired = (number, error)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: .failure(error))
    }

    func deliver(_ message: Result<ReceivedMessage, AgentClientError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Result<ReceivedMessage?, AgentClientError>, Never>? in
            if case .success(let message) = message, let error = message.error, error.isFatal { state.fatalError = error }
            guard let waiter = state.waiter else {
                state.messages.append(message)
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume(returning: message.map { $0 })
    }

    func finish() {
        let waiter = state.withLock { state in
            state.isClosed = true
            state.resumeReading = nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: .success(nil))
    }

    /// Whether the socket may be read; if not, `resume` is called when it may.
    func mayRead(resume: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.messages.count >= Self.limit else { return true }
            state.isReadHeld = true
            state.resumeReading = resume
            return false
        }
    }
}

/// Lines from the daemon into the mailbox.
private final class MailboxHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let mailbox: Mailbox
    private var framer: LineFramer

    init(mailbox: Mailbox, maximumLineBytes: Int) {
        self.mailbox = mailbox
        framer = LineFramer(maximumLineBytes: maximumLineBytes)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        framer.push(unwrapInboundIn(data).readableBytesView)
        while let element = framer.next() {
            switch element {
            case .line(let line):
                do throws(ProtocolError) {
                    mailbox.deliver(.success(try ReceivedMessage(line)))
                } catch {
                    mailbox.deliver(.failure(.invalidMessage(error.description)))
                }
            case .refused(let error): mailbox.deliver(.failure(.invalidMessage(error.description)))
            }
        }
    }

    func read(context: ChannelHandlerContext) {
        let channel = context.channel
        if mailbox.mayRead(resume: { channel.eventLoop.execute { channel.read() } }) { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        mailbox.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
