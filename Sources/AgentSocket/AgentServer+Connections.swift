import AgentProtocol
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// One connection from the moment it is accepted to the moment it is gone, whatever it came through.
extension AgentServer {
    /// Refused clients that have time to read why; further ones are told and closed at once, so that no crowd of them takes the
    /// descriptors.
    private static let maximumRefusals = 32

    /// What a connection has before anyone is known to be at its other end.
    struct Parts {
        let number: UInt64
        let outbox: Outbox
        let handler: ConnectionHandler
        let lines: AsyncStream<ConnectionHandler.Input>
    }

    /// - Parameter accept: sets up one connection, on its event loop.
    func bootstrap(_ accept: @escaping @Sendable (AgentServer, any Channel) throws -> Void) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // One read at a time: a pause then holds back all that follows it.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { [weak self] channel in
                channel.eventLoop.makeCompletedFuture { if let self { try accept(self, channel) } }
            }
    }

    func prepare(_ channel: any Channel) -> Parts {
        let number = state.withLock { state in
            state.lastClient += 1
            return state.lastClient
        }
        let outbox = Outbox(channel: channel, client: ClientContext.ID(number), limits: configuration.queueLimits)
        let (lines, continuation) = AsyncStream.makeStream(of: ConnectionHandler.Input.self)
        let handler = ConnectionHandler(
            lines: continuation, outbox: outbox, budget: budget, maximumSetupBytes: configuration.maximumSetupBytes,
            maximumLineBytes: configuration.maximumLineBytes, setupTimeout: configuration.setupTimeout)
        state.withLock { $0.clients[number] = outbox }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { state in
                state.clients[number] = nil
                state.strangers[number] = nil
            }
        }
        return Parts(number: number, outbox: outbox, handler: handler, lines: lines)
    }

    /// Gives a connection its place, if its caller may come in, and lets it run.
    /// - Parameter identify: who it is. Its refusal is what the client reads.
    func join(
        _ parts: Parts, _ channel: any Channel, processID: Int32? = nil, _ identify: (borrowing State) throws(StatusError) -> Caller
    ) {
        let (caller, refusal, lingers) = state.withLock { state -> (Caller?, StatusError?, Bool) in
            state.strangers[parts.number] = nil
            do throws(StatusError) {
                let caller = try identify(state)
                if state.isShuttingDown { throw Outbox.stopping }
                try state.places.take(caller.principal, isOwner: caller.ownsByKey)
                return (caller, nil, true)
            } catch {
                state.refused += 1
                return (nil, error, state.refused <= Self.maximumRefusals)
            }
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { state in
                if let caller { state.places.give(back: caller.principal) } else { state.refused -= 1 }
            }
        }
        guard let caller else {
            if let refusal, let count = state.withLock({ $0.refusals.add(now: .now) }) {
                logger.warning("connection refused", metadata: ["reason": "\(refusal)", "refused": "\(count)"])
            }
            parts.handler.finish()
            parts.outbox.close(refusal, lingers: lingers)
            return
        }
        let client = ClientContext(id: .init(parts.number), principal: caller.principal, processID: processID)
        logger.debug("client connected", metadata: ["client": "\(client.id)", "peer": "\(client.principal)", "pid": "\(processID ?? 0)"])
        let connection = Connection(
            client: client, role: caller.role, service: service, channel: channel, outbox: parts.outbox,
            handler: NIOLoopBound(parts.handler, eventLoop: channel.eventLoop), lines: parts.lines, longLines: longLines,
            logger: logger, refusals: notAllowed)
        state.withLock { $0.running += 1 }
        Task {
            await connection.run()
            state.withLock { $0.running -= 1 }
        }
    }
}
