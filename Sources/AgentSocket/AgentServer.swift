public import AgentProtocol
import Glibc
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Serves an ``AgentService`` on a Unix socket, as newline-delimited JSON and as WebSocket messages; on the network, if it is opened,
/// as the latter alone.
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

    struct State {
        var isStarted = false
        var isShuttingDown = false
        var lastClient: UInt64 = 0
        var places: ConnectionPlaces
        var roles = RoleRule()
        var keeper: SocketKeeper?
        var watching: Task<Void, Never>?
        var listener: (any Channel)?
        /// On the network.
        var networkListeners: [any Channel] = []
        var gate: NetworkGate?
        /// Everything connected, clients that are being refused included.
        var clients: [UInt64: Outbox] = [:]
        /// Those of them over the network that have shown no key yet.
        var strangers: [UInt64: any Channel] = [:]
        /// Connections that are being refused.
        var refused = 0
        var refusals = RefusalTally()
        /// Connections whose task has not ended.
        var running = 0
    }

    public let configuration: Configuration
    let service: any AgentService
    let logger: Logger
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let state: Mutex<State>
    let budget: InputBudget
    /// What roles may not do.
    let notAllowed = SharedTally()
    /// Of requests from the network: wrong keys, foreign pages.
    let requestRefusals = SharedTally()
    let longLines = LongLines()

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

    /// Stops accepting, says goAway, lets clients finish for `grace`, then closes what is left. Returns earlier when all have gone.
    public func shutdown(grace: Duration = .seconds(2)) async {
        let (listeners, keeper, clients) = state.withLock { state in
            state.isShuttingDown = true
            state.watching?.cancel()
            defer {
                state.listener = nil
                state.networkListeners = []
                state.keeper = nil
            }
            return ((state.listener.map { [$0] } ?? []) + state.networkListeners, state.keeper, Array(state.clients.values))
        }
        keeper?.remove()
        for listener in listeners { try? await listener.close() }
        for client in clients { client.send(.goAway(timeLeft: grace)) }
        await wait(upTo: grace) { $0.clients.isEmpty }
        for client in state.withLock({ Array($0.clients.values) }) { client.stop() }
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
}
