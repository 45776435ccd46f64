public import AgentProtocol
import Glibc
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Serves an ``AgentService`` as newline-delimited JSON on a Unix socket.
///
/// ```swift
/// let server = AgentServer(configuration: .init(path: "/run/mmagentd/mmagentd.sock"), service: session, logger: logger)
/// try await server.start()
/// …
/// await server.shutdown()
/// ```
public final class AgentServer: Sendable {
    public struct Configuration: Sendable {
        /// Absolute path of the socket file.
        public var path: String
        /// Permissions of the socket file.
        public var mode: Int
        /// The group that gets the file: a name or number; nil leaves the process's own.
        public var group: String?
        /// Further connections are refused with RESOURCE_EXHAUSTED.
        public var maximumConnections = 64
        /// Longer lines are refused while they arrive.
        public var maximumLineBytes = LineFramer.defaultMaximumLineBytes
        /// A connection without setup is closed after this time.
        public var setupTimeout = Duration.seconds(60)
        /// What may wait for one client.
        public var queueLimits = SubscriberQueue.Limits()
        /// A client for which bytes wait and that reads none of them is closed after this time.
        public var stallLimit = Duration.seconds(10)

        public init(path: String, mode: Int = 0o600, group: String? = nil) {
            self.path = path
            self.mode = mode
            self.group = group
        }
    }

    private struct State {
        var isStarted = false
        var isShuttingDown = false
        var lastClient: UInt64 = 0
        var file: SocketFile?
        var listener: (any Channel)?
        /// Everything connected, clients that are being refused included.
        var clients: [UInt64: Outbox] = [:]
        /// Connections whose task has not ended.
        var running = 0
    }

    public let configuration: Configuration
    private let service: any AgentService
    private let logger: Logger
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state = Mutex(State())

    public init(configuration: Configuration, service: any AgentService, logger: Logger) {
        self.configuration = configuration
        self.service = service
        self.logger = logger
    }

    /// Clients connected now.
    public var connectionCount: Int { state.withLock { $0.clients.count } }

    /// Makes the socket file and listens.
    ///
    /// A socket left by a dead process is taken over; one at which a process answers, or any other kind of file, is left alone.
    public func start() async throws(AgentSocketError) {
        try begin()
        let file = try SocketFile(path: configuration.path, mode: configuration.mode, group: configuration.group)
        state.withLock { $0.file = file }
        do throws(AgentSocketError) {
            try await listen(on: file.fileDescriptor, rule: AccessRule(path: configuration.path, mode: configuration.mode))
        } catch {
            file.remove()
            throw error
        }
        logger.info("listening", metadata: ["socket": "\(configuration.path)", "mode": "\(String(configuration.mode, radix: 8))"])
    }

    /// Listens on a socket made by somebody else, as systemd's socket activation does; the file stays at shutdown.
    ///
    /// Mode and group of the file decide who may speak, as they do for a file made here.
    public func start(fileDescriptor: Int32) async throws(AgentSocketError) {
        try begin()
        var isListening: Int32 = 0
        var domain: Int32 = 0
        var type: Int32 = 0
        var size = socklen_t(4)
        guard getsockopt(fileDescriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1,
            getsockopt(fileDescriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0, domain == AF_UNIX,
            getsockopt(fileDescriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0, type == Int32(SOCK_STREAM.rawValue)
        else { throw .notListening(fileDescriptor: fileDescriptor) }
        _ = fcntl(fileDescriptor, F_SETFD, FD_CLOEXEC)
        guard fcntl(fileDescriptor, F_SETFL, fcntl(fileDescriptor, F_GETFL) | O_NONBLOCK) == 0 else {
            throw .system(call: "fcntl", path: "inherited descriptor \(fileDescriptor)", errno: errno)
        }
        let path = UnixAddress.path(of: fileDescriptor)
        try await listen(on: fileDescriptor, rule: AccessRule(path: path, mode: configuration.mode))
        logger.info("listening on an inherited socket", metadata: ["descriptor": "\(fileDescriptor)"])
    }

    /// Stops accepting, says goAway, lets clients finish for `grace`, then closes what is left. Returns earlier when all have gone.
    public func shutdown(grace: Duration = .seconds(2)) async {
        let (listener, file, clients) = state.withLock { state in
            state.isShuttingDown = true
            defer {
                state.listener = nil
                state.file = nil
            }
            return (state.listener, state.file, Array(state.clients.values))
        }
        file?.remove()
        try? await listener?.close()
        for client in clients { client.send(.goAway(timeLeft: grace)) }
        await wait(upTo: grace) { $0.clients.isEmpty }
        for client in state.withLock({ Array($0.clients.values) }) { client.close(nil) }
        await wait(upTo: .milliseconds(500)) { $0.clients.isEmpty }
        // What a client does not take by now, it will not get.
        for client in state.withLock({ Array($0.clients.values) }) { client.abandon() }
        await wait(upTo: .seconds(5)) { $0.running == 0 && $0.clients.isEmpty }
        let running = state.withLock { $0.running }
        if running > 0 {
            // The event loop is still in use: it ends with the process.
            logger.warning("the service has not let go of all clients", metadata: ["clients": "\(running)"])
            return
        }
        try? await group.shutdownGracefully()
    }

    private func wait(upTo limit: Duration, until condition: (borrowing State) -> Bool) async {
        let end = ContinuousClock.now + limit
        while !state.withLock({ condition($0) }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func begin() throws(AgentSocketError) {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw .alreadyStarted }
    }

    private func listen(on descriptor: Int32, rule: AccessRule) async throws(AgentSocketError) {
        let bootstrap = ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture { try self?.accept(channel, rule: rule) }
            }
        do {
            let listener = try await bootstrap.withBoundSocket(descriptor).get()
            state.withLock { $0.listener = listener }
        } catch {
            throw .transport("\(error)")
        }
    }

    /// Sets up one connection, on its event loop.
    private func accept(_ channel: any Channel, rule: AccessRule) throws {
        let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            PeerCredentials(fileDescriptor: $0)
        }
        let outbox = Outbox(channel: channel, limits: configuration.queueLimits)
        let (lines, continuation) = AsyncStream.makeStream(of: ConnectionHandler.Input.self)
        let handler = ConnectionHandler(
            lines: continuation, outbox: outbox, maximumLineBytes: configuration.maximumLineBytes,
            setupTimeout: configuration.setupTimeout, stallLimit: configuration.stallLimit)
        try channel.pipeline.syncOperations.addHandler(handler)

        let (number, refusal) = state.withLock { state in
            state.lastClient += 1
            let refusal = self.refusal(of: peer ?? nil, rule: rule, state)
            state.clients[state.lastClient] = outbox
            return (state.lastClient, refusal)
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { _ = $0.clients.removeValue(forKey: number) }
        }
        if let refusal {
            logger.warning("connection refused", metadata: ["reason": "\(refusal)"])
            continuation.finish()
            outbox.close(refusal)
            return
        }
        guard let peer, let peer else { return }
        let client = ClientContext(id: .init(number), userID: peer.userID, groupID: peer.groupID, processID: peer.processID)
        logger.debug("client connected", metadata: ["client": "\(client.id)", "uid": "\(peer.userID)", "pid": "\(peer.processID)"])
        let connection = Connection(
            client: client, service: service, channel: channel, outbox: outbox,
            handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), lines: lines, logger: logger)
        state.withLock { $0.running += 1 }
        Task {
            await connection.run()
            state.withLock { $0.running -= 1 }
        }
    }

    private func refusal(of peer: PeerCredentials?, rule: AccessRule, _ state: State) -> StatusError? {
        guard let peer else {
            return StatusError(.permissionDenied, "the kernel does not say who is connecting: only local Unix sockets are served")
        }
        guard rule.allows(peer) else {
            return StatusError(
                .permissionDenied,
                "user \(peer.userID) may not speak to this daemon: join the socket's group, or have [socket] mode and group changed",
                reason: "PEER_NOT_ALLOWED")
        }
        if state.isShuttingDown { return StatusError(.unavailable, "the daemon is shutting down: connect again when it is back") }
        if state.clients.count >= configuration.maximumConnections {
            return StatusError(
                .resourceExhausted, "\(state.clients.count) clients are connected, the limit: close one and try again",
                reason: "TOO_MANY_CONNECTIONS")
        }
        return nil
    }
}
