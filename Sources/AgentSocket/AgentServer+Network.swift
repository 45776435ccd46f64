import AgentProtocol
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The entrance from the network: WebSockets and pages alone, for who shows a key.
extension AgentServer {
    /// Connections that have shown no key yet. Past them the oldest is closed for the newest: whoever holds them all, saying nothing,
    /// must come again faster than a key is shown to keep anyone out. Each has `setupTimeout` to go on.
    package static let maximumStrangers = 64

    /// Listens at an address of this machine as well.
    /// - Parameter tls: nil: in the clear, which is for this machine's own programs alone.
    public func listen(at address: ListenAddress, access: NetworkAccess, tls: TLSIdentity?) async throws(AgentSocketError) {
        guard tls != nil || address.isLoopback else { throw .plainNetwork(address: "\(address)") }
        let bootstrap = network(access, tls).serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        do {
            try await add(try await bootstrap.bind(host: address.host, port: address.port).get())
        } catch let error as IOError {
            throw .cannotListen(address: "\(address)", errno: error.errnoCode)
        } catch {
            throw .transport("\(error)")
        }
        logger.info("listening on the network", metadata: ["address": "\(address)", "tls": "\(tls != nil)"])
    }

    /// Listens on a TCP socket made by somebody else, as systemd's socket activation does.
    public func listen(fileDescriptor: Int32, access: NetworkAccess, tls: TLSIdentity?) async throws(AgentSocketError) {
        guard let address = InheritedSocket.address(of: fileDescriptor) else { throw .notListening(fileDescriptor: fileDescriptor) }
        guard tls != nil || address.isLoopback else { throw .plainNetwork(address: "\(address)") }
        try InheritedSocket.prepare(fileDescriptor)
        do {
            try await add(try await network(access, tls).withBoundSocket(fileDescriptor).get())
        } catch {
            throw .transport("\(error)")
        }
        logger.info("listening on an inherited network socket", metadata: ["address": "\(address)", "tls": "\(tls != nil)"])
    }

    /// The ports that are listened at on the network, in the order in which they were opened.
    public var networkPorts: [Int] { state.withLock { $0.networkListeners.compactMap { $0.localAddress?.port } } }

    /// From now on these keys open; clients that are in stay in.
    public func change(access: NetworkAccess) { state.withLock { $0.gate }?.change(to: access) }

    private func add(_ listener: any Channel) async throws {
        let isLate = state.withLock { state in
            if !state.isShuttingDown { state.networkListeners.append(listener) }
            return state.isShuttingDown
        }
        if isLate { try? await listener.close() }
    }

    private func network(_ access: NetworkAccess, _ tls: TLSIdentity?) -> ServerBootstrap {
        // One gate for all listeners: keys that change, and guesses, are everywhere the same.
        let gate = state.withLock { state in
            let gate = state.gate ?? NetworkGate(access)
            state.gate = gate
            return gate
        }
        return bootstrap { server, channel in try server.accept(channel, gate, tls) }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }

    /// Sets up one connection, on its event loop.
    private func accept(_ channel: any Channel, _ gate: NetworkGate, _ tls: TLSIdentity?) throws {
        let parts = prepare(channel)
        let oldest = state.withLock { state -> (any Channel)? in
            state.strangers[parts.number] = channel
            guard state.strangers.count > Self.maximumStrangers, let oldest = state.strangers.keys.min() else { return nil }
            return state.strangers.removeValue(forKey: oldest)
        }
        if let oldest {
            // Before a handshake nothing can be said to it.
            oldest.close(promise: nil)
            if let count = state.withLock({ $0.refusals.add(now: .now) }) {
                let reason = "more than \(Self.maximumStrangers) connections have shown no key; the oldest was closed"
                logger.warning("connection refused", metadata: ["reason": "\(reason)", "refused": "\(count)"])
            }
        }
        let address = channel.remoteAddress?.ipAddress ?? "an unknown address"
        let own = channel.localAddress?.ipAddress
        let bound = NIOLoopBound(parts, eventLoop: channel.eventLoop)
        let admit = { @Sendable [logger, requestRefusals] (head: HTTPRequestHead) -> Admission in
            let admission = gate.admit(head, from: address, at: own)
            // The status alone: a wrong key may be a right one's typo.
            if case .refused(let page) = admission, let count = requestRefusals.add() {
                logger.notice("request refused", metadata: ["address": "\(address)", "status": "\(page.status)", "times": "\(count)"])
            }
            return admission
        }
        let web = WebEntrance(
            maximumFrameBytes: configuration.maximumLineBytes, admit: admit,
            page: { [service] in await service.page(at: $0) }, speaks: { [outbox = parts.outbox] in outbox.wire = $0 },
            joined: { [weak self] caller in
                self?.join(bound.value, channel) { _ throws(StatusError) in caller }
            })
        let pipeline = channel.pipeline.syncOperations
        let number = parts.number
        let isStranger = { @Sendable [weak self] in self?.state.withLock { $0.strangers[number] != nil } ?? false }
        try pipeline.addHandler(StrangerWatch(limit: configuration.setupTimeout, isStranger: isStranger))
        if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
        try pipeline.addHandler(StallWatch(outbox: parts.outbox, limit: configuration.stallLimit))
        try pipeline.addHandlers(web.handlers(on: channel))
        try pipeline.addHandler(parts.handler)
    }
}
