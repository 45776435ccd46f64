public import AgentProtocol
import Glibc
import NIOCore
import NIOPosix

/// One connection to a daemon: sends messages, receives what the daemon says, in order.
///
/// ```swift
/// let client = try await AgentClient.connect(to: path)
/// var setup = Setup()
/// setup.isNative = true
/// setup.attach = "main"
/// try await client.setUp(setup)
/// try await client.send(ClientMessage(.native(.status), id: "c1"))
/// let reply = try await client.reply(to: "c1")
/// await client.close()
/// ```
public final class AgentClient: Sendable {
    private let channel: any Channel
    private let mailbox: Mailbox

    private init(channel: any Channel, mailbox: Mailbox) {
        self.channel = channel
        self.mailbox = mailbox
    }

    deinit { channel.close(promise: nil) }

    /// Connects to the socket at `path`.
    public static func connect(
        to path: String, maximumLineBytes: Int = LineFramer.defaultMaximumLineBytes, timeout: Duration = .seconds(5)
    ) async throws(AgentClientError) -> AgentClient {
        guard path.utf8.count <= UnixAddress.maximumPathBytes else {
            throw .pathTooLong(path: path, limit: UnixAddress.maximumPathBytes)
        }
        let end = ContinuousClock.now + timeout
        while true {
            do throws(AgentClientError) {
                return try await attempt(path, maximumLineBytes, timeout: max(.zero, end - .now))
            } catch {
                // A crowd connects faster than the daemon accepts, and the kernel's queue is full: there is room soon.
                guard error == .crowded(path: path), ContinuousClock.now < end else { throw error }
                do { try await Task.sleep(for: pause) } catch { throw .cancelled }
            }
        }
    }

    /// Between two attempts at a socket whose queue is full.
    private static let pause = Duration.milliseconds(20)

    private static func attempt(_ path: String, _ maximumLineBytes: Int, timeout: Duration) async throws(AgentClientError) -> AgentClient {
        let mailbox = Mailbox(maximumLineBytes: maximumLineBytes)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(TimeAmount(timeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(mailbox.makeHandler()) }
            }
        do {
            let channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            return AgentClient(channel: channel, mailbox: mailbox)
        } catch let error as IOError {
            switch error.errnoCode {
            case ENOENT, ECONNREFUSED, ENOTDIR, ENOTSOCK: throw .noDaemon(path: path, errno: error.errnoCode)
            case EAGAIN: throw .crowded(path: path)
            case EACCES, EPERM: throw .notPermitted(path: path)
            default: throw .connectFailed(path: path, problem: String(cString: strerror(error.errnoCode)))
            }
        } catch let error as ChannelError {
            if case .connectTimeout = error { throw .timedOut(waitingFor: "connection", after: timeout) }
            throw .connectFailed(path: path, problem: "\(error)")
        } catch {
            throw .connectFailed(path: path, problem: "\(error)")
        }
    }

    /// Sends setup and waits for the answer.
    /// - Returns: the message with setupComplete.
    /// - Throws: ``AgentClientError/refused(_:)`` when the daemon refuses the setup.
    @discardableResult
    public func setUp(_ setup: Setup, timeout: Duration = .seconds(10)) async throws(AgentClientError) -> ReceivedMessage {
        try await send(ClientMessage(.setup(setup)))
        let answer = try await next(waitingFor: "setupComplete", timeout: timeout)
        if let error = answer.error { throw .refused(error) }
        guard answer.isSetupComplete else { throw .invalidMessage("the first message is not setupComplete") }
        return answer
    }

    /// Sends a message and waits until the kernel has taken it.
    public func send(_ message: ClientMessage) async throws(AgentClientError) {
        try await send(line: JSONText.encode(message.json))
    }

    /// Sends one line as it is; the line break is added.
    public func send(line: [UInt8]) async throws(AgentClientError) {
        var buffer = channel.allocator.buffer(capacity: line.count + 1)
        buffer.writeBytes(line)
        buffer.writeInteger(UInt8(ascii: "\n"))
        do {
            try await channel.writeAndFlush(buffer)
        } catch {
            // The daemon may have said why before it closed: that is in the mailbox.
            if let reason = mailbox.fatalError { throw .refused(reason) }
            throw .closed(waitingFor: "room for a message")
        }
    }

    /// The next message; nil when the daemon has closed the connection.
    /// - Throws: ``AgentClientError/invalidMessage(_:)``, ``AgentClientError/cancelled`` when the task is.
    public func next() async throws(AgentClientError) -> ReceivedMessage? {
        try await mailbox.next()
    }

    /// The next message, which has to come in time.
    public func next(waitingFor what: String, timeout: Duration) async throws(AgentClientError) -> ReceivedMessage {
        let expiry = Mailbox.Timeout(
            limit: TimeAmount(timeout), error: .timedOut(waitingFor: what, after: timeout), eventLoop: channel.eventLoop)
        guard let message = try await mailbox.next(timeout: expiry) else { throw .closed(waitingFor: what) }
        return message
    }

    /// Waits for the message that answers `id`; others in between are dropped.
    /// - Throws: ``AgentClientError/refused(_:)`` when the answer is an error, or a fatal error comes.
    public func reply(to id: RequestID, timeout: Duration = .seconds(10)) async throws(AgentClientError) -> ReceivedMessage {
        let end = ContinuousClock.now + timeout
        while true {
            let message = try await next(waitingFor: "answer", timeout: max(.zero, end - ContinuousClock.now))
            if let error = message.error, message.re == id || error.isFatal { throw .refused(error) }
            if message.re == id { return message }
        }
    }

    /// Says nothing more; what the daemon still sends can be read.
    public func finishSending() async {
        try? await channel.close(mode: .output)
    }

    public func close() async {
        try? await channel.close()
    }
}
