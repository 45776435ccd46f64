import AgentProtocol
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The Unix socket: its file, who may connect to it, and what it is when it comes from systemd.
extension AgentServer {
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
        guard InheritedSocket.option(SO_ACCEPTCONN, of: fileDescriptor) == 1, InheritedSocket.isUnix(fileDescriptor),
            InheritedSocket.option(SO_TYPE, of: fileDescriptor) == Int32(SOCK_STREAM.rawValue)
        else { throw .notListening(fileDescriptor: fileDescriptor) }
        try InheritedSocket.prepare(fileDescriptor)
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
        let bootstrap = bootstrap { server, channel in try server.accept(channel, rule: rule) }
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
        let parts = prepare(channel)
        // Who calls is known from the kernel; pages of somebody else's in a browser cannot connect here, their relays could.
        let web = WebEntrance(
            maximumFrameBytes: configuration.maximumLineBytes,
            admit: { [weak self] head in
                NetworkGate.foreignPage(head, allowed: self?.state.withLock { $0.gate?.origins } ?? []) ?? .allowed(nil)
            },
            page: { [service] in await service.page(at: $0) }, speaks: { [outbox = parts.outbox] in outbox.wire = $0 }, joined: { _ in })
        try channel.pipeline.syncOperations.addHandlers(
            StallWatch(outbox: parts.outbox, limit: configuration.stallLimit), TransportSniffer(web: web), parts.handler)
        join(parts, channel, processID: peer??.processID) { state throws(StatusError) in try Self.caller(peer ?? nil, rule: rule, state) }
    }

    /// Who a peer is, and the most that it may do.
    private static func caller(_ peer: PeerCredentials?, rule: AccessRule, _ state: borrowing State) throws(StatusError) -> Caller {
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
        return Caller(principal: .user(peer.userID), role: role)
    }
}
