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
        /// The groups whose members have a role, names or numbers; a role without one has that of the nearest role below it.
        public var groupsOfRoles: [Role: String] = [:]
        /// Further connections are refused with RESOURCE_EXHAUSTED.
        public var maximumConnections = 64
        /// Places beyond them for the daemon's own user, and as many again for root.
        public var reservedConnections = 4
        /// Longer lines are refused while they arrive.
        public var maximumLineBytes = LineFramer.defaultMaximumLineBytes
        /// A client that has not set up yet needs no long lines.
        public var maximumSetupBytes = 64 << 10
        /// Input that all clients together may have waiting, but for 64 kB of each.
        public var maximumInputBytes = 64 << 20
        /// Messages of one client, and their bytes, that may wait for the service; then its socket is not read.
        package static let pendingMessages = 64
        package static let pendingBytes = 32 << 20
        /// A connection without setup is closed after this time.
        public var setupTimeout = Duration.seconds(10)
        /// What may wait for one client.
        public var queueLimits = SubscriberQueue.Limits()
        /// A client for which bytes wait and that reads none of them is closed after this time.
        public var stallLimit = Duration.seconds(10)

        public init(path: String, mode: Int = 0o600, group: String? = nil) {
            self.path = path
            self.mode = mode
            self.group = group
        }

        /// What keeps a server from listening as configured, as far as it shows before anything is made.
        public func problems() -> [AgentSocketError] {
            var problems: [AgentSocketError] = []
            func check(_ body: () throws(AgentSocketError) -> Void) {
                do throws(AgentSocketError) { try body() } catch { problems.append(error) }
            }
            check { () throws(AgentSocketError) in try SocketFile.require(path: path, mode: mode) }
            check { () throws(AgentSocketError) in try SocketLock.requireLock(at: SocketLock.path(of: path)) }
            var groups = group.map { [("group", $0)] } ?? []
            groups += groupsOfRoles.sorted { $0.key < $1.key }.map { ($0.key.rawValue + "s", $0.value) }
            for (key, name) in groups {
                check { () throws(AgentSocketError) in _ = try SocketFile.groupID(name, key: key) }
            }
            return problems
        }

        /// - Throws: ``AgentSocketError/locked(path:process:)`` while a daemon has the path.
        public func requireFree() throws(AgentSocketError) { try SocketLock.requireFree(socket: path) }
    }

    private struct State {
        var isStarted = false
        var isShuttingDown = false
        var lastClient: UInt64 = 0
        var places: ConnectionPlaces
        var roles = RoleRule()
        var keeper: SocketKeeper?
        var watching: Task<Void, Never>?
        var listener: (any Channel)?
        /// Everything connected, clients that are being refused included.
        var clients: [UInt64: Outbox] = [:]
        /// Connections that are being refused.
        var refused = 0
        var refusals = RefusalTally()
        /// Connections whose task has not ended.
        var running = 0
    }

    /// Refused clients that have time to read why; further ones are told and closed at once, so that no crowd of them takes the
    /// descriptors.
    private static let maximumRefusals = 32

    public let configuration: Configuration
    private let service: any AgentService
    private let logger: Logger
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let state: Mutex<State>
    private let budget: InputBudget
    private let longLines = LongLines()

    public init(configuration: Configuration, service: any AgentService, logger: Logger) {
        self.configuration = configuration
        state = Mutex(
            State(
                places: ConnectionPlaces(
                    total: configuration.maximumConnections, reserved: configuration.reservedConnections, owner: geteuid())))
        budget = InputBudget(limit: configuration.maximumInputBytes)
        self.service = service
        self.logger = logger
    }

    /// Clients connected now.
    public var connectionCount: Int { state.withLock { $0.clients.count } }

    /// Makes the socket file and listens.
    ///
    /// A socket left by a dead process is taken over; one at which a process answers, one whose lock a process holds, or any
    /// other kind of file, is left alone. A file that is removed later is made anew.
    public func start() async throws(AgentSocketError) {
        try begin()
        let keeper = try SocketKeeper(path: configuration.path, mode: configuration.mode, group: configuration.group)
        state.withLock { $0.keeper = keeper }
        do throws(AgentSocketError) {
            try await listen(on: keeper.file.fileDescriptor, rule: AccessRule(path: configuration.path, mode: configuration.mode))
        } catch {
            keeper.remove()
            throw error
        }
        watch { [weak self] in await self?.lookAfterFile() }
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
        if let path {
            watch { [weak self] in
                guard let self, access(path, F_OK) != 0 else { return true }
                tell(
                    "the socket file \(path) was removed, so nobody can connect: restart the socket unit that made it (systemctl restart)",
                    .failed)
                return false
            }
        }
        logger.info("listening on an inherited socket", metadata: ["descriptor": "\(fileDescriptor)"])
    }

    // MARK: The socket's file

    /// How often it is looked at whether the socket's file is still there.
    private static let look = Duration.seconds(1)

    /// - Parameter look: returns whether to go on looking.
    private func watch(_ look: @escaping @Sendable () async -> Bool?) {
        let task = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.look)
                guard !Task.isCancelled, await look() == true else { return }
            }
        }
        state.withLock { $0.watching = task }
    }

    /// Listens at a new file if the old one is gone.
    private func lookAfterFile() async -> Bool {
        switch state.withLock({ $0.isShuttingDown ? nil : $0.keeper?.look() }) {
        case nil: break
        case .unreachable(let error):
            tell("the socket file \(configuration.path) was removed, so nobody can connect: \(error)", .failed)
        case .renewed(let descriptor):
            let old = state.withLock { $0.listener }
            do {
                try await listen(on: descriptor, rule: AccessRule(path: configuration.path, mode: configuration.mode))
                try? await old?.close()
                tell("the socket file \(configuration.path) was removed and is made anew; connections that stand go on", .degraded)
            } catch {
                tell("the socket file \(configuration.path) was removed, and there is no listening at a new one: \(error)", .failed)
            }
        }
        return true
    }

    /// Tells those who are still connected, and the log.
    private func tell(_ message: String, _ health: Health.State) {
        logger.warning("\(message)", metadata: ["socket": "\(configuration.path)"])
        for client in state.withLock({ Array($0.clients.values) }) {
            client.send(.health(Health(component: "socket", state: health, message: message)))
        }
    }

    /// Stops accepting, says goAway, lets clients finish for `grace`, then closes what is left. Returns earlier when all have gone.
    public func shutdown(grace: Duration = .seconds(2)) async {
        let (listener, keeper, clients) = state.withLock { state in
            state.isShuttingDown = true
            state.watching?.cancel()
            defer {
                state.listener = nil
                state.keeper = nil
            }
            return (state.listener, state.keeper, Array(state.clients.values))
        }
        keeper?.remove()
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
        var groups: [Role: UInt32] = [:]
        for (role, name) in configuration.groupsOfRoles { groups[role] = try SocketFile.groupID(name, key: role.rawValue + "s") }
        state.withLock { $0.roles = RoleRule(groups: groups) }
        let bootstrap = ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read at a time: a pause then holds back all that follows it.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture { try self?.accept(channel, rule: rule) }
            }
        do {
            let listener = try await bootstrap.withBoundSocket(descriptor).get()
            let isLate = state.withLock { state in
                if !state.isShuttingDown { state.listener = listener }
                return state.isShuttingDown
            }
            if isLate { try? await listener.close() }
        } catch {
            throw .transport("\(error)")
        }
    }

    /// Sets up one connection, on its event loop.
    private func accept(_ channel: any Channel, rule: AccessRule) throws {
        let peer = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            PeerCredentials(fileDescriptor: $0)
        }
        let number = state.withLock { state in
            state.lastClient += 1
            return state.lastClient
        }
        let outbox = Outbox(channel: channel, client: ClientContext.ID(number), limits: configuration.queueLimits)
        let (lines, continuation) = AsyncStream.makeStream(of: ConnectionHandler.Input.self)
        let handler = ConnectionHandler(
            lines: continuation, outbox: outbox, budget: budget, maximumSetupBytes: configuration.maximumSetupBytes,
            maximumLineBytes: configuration.maximumLineBytes, setupTimeout: configuration.setupTimeout, stallLimit: configuration.stallLimit
        )
        try channel.pipeline.syncOperations.addHandler(handler)

        let decision = state.withLock { state -> (role: Role, StatusError?, lingers: Bool) in
            state.clients[number] = outbox
            do throws(StatusError) {
                return (try admit(peer ?? nil, rule: rule, &state), nil, true)
            } catch {
                state.refused += 1
                return (.observer, error, state.refused <= Self.maximumRefusals)
            }
        }
        let (role, refusal, lingers) = decision
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { state in
                state.clients[number] = nil
                if refusal != nil { state.refused -= 1 } else if let peer, let peer { state.places.give(back: peer.userID) }
            }
        }
        if let refusal {
            if let count = state.withLock({ $0.refusals.add(now: .now) }) {
                logger.warning("connection refused", metadata: ["reason": "\(refusal)", "refused": "\(count)"])
            }
            handler.finish()
            outbox.close(refusal, lingers: lingers)
            return
        }
        guard let peer, let peer else { return }
        let client = ClientContext(id: .init(number), userID: peer.userID, groupID: peer.groupID, processID: peer.processID)
        logger.debug("client connected", metadata: ["client": "\(client.id)", "uid": "\(peer.userID)", "pid": "\(peer.processID)"])
        let connection = Connection(
            client: client, role: role, service: service, channel: channel, outbox: outbox,
            handler: NIOLoopBound(handler, eventLoop: channel.eventLoop), lines: lines, longLines: longLines, logger: logger)
        state.withLock { $0.running += 1 }
        Task {
            await connection.run()
            state.withLock { $0.running -= 1 }
        }
    }

    /// Takes a place for a peer.
    /// - Returns: the most that it may do.
    private func admit(_ peer: PeerCredentials?, rule: AccessRule, _ state: inout State) throws(StatusError) -> Role {
        guard let peer else {
            throw StatusError(
                .permissionDenied, "the kernel does not say who is connecting: only local Unix sockets are served", reason: "PEER_UNKNOWN")
        }
        guard rule.allows(peer), let role = state.roles.role(of: peer) else {
            throw StatusError(
                .permissionDenied,
                "user \(peer.userID) may not speak to this daemon: join the socket's group, or have [socket] mode and groups changed",
                reason: "PEER_NOT_ALLOWED")
        }
        if state.isShuttingDown {
            throw StatusError(.unavailable, "the daemon is shutting down: connect again when it is back", reason: "STOPPING")
        }
        try state.places.take(peer.userID)
        return role
    }
}
