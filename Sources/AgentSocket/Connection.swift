import AgentProtocol
import Glibc
import Logging
import NIOCore

/// One client from setup to goodbye: decodes its lines in order and calls the service.
struct Connection: Sendable {
    let client: ClientContext
    /// The most that this client may do.
    let role: Role
    let service: any AgentService
    let channel: any Channel
    let outbox: Outbox
    let handler: NIOLoopBound<ConnectionHandler>
    let lines: AsyncStream<ConnectionHandler.Input>
    /// Of all connections.
    let longLines: LongLines
    let logger: Logger
    /// Of the whole server.
    let refusals: SharedTally

    func run() async {
        var iterator = lines.makeAsyncIterator()
        if let ready = await setUp(&iterator) {
            // A message may say more than its setup.
            var inputs = ready.rest
            var releasing = handled(ready.input, heldBy: await handle(inputs, role: ready.role), after: nil)
            var hasLeft = false
            while true {
                if !hasLeft, inputs.contains(.leave) {
                    // It may be back before this connection is gone.
                    hasLeft = true
                    await service.disconnected(client.id)
                }
                guard let input = await iterator.next() else { break }
                inputs = hasLeft ? [] : await read(input) ?? []
                releasing = handled(input, heldBy: await handle(inputs, role: ready.role), after: releasing)
            }
            if !hasLeft {
                // The client may have closed its half only: it listens until it closes the other.
                try? await channel.closeFuture.get()
                await service.disconnected(client.id)
            }
            await releasing?.value
        } else {
            try? await channel.closeFuture.get()
        }
        logger.debug("client disconnected", metadata: ["client": "\(client.id)"])
    }

    /// A client that has been set up: what it may do, and what its first message says beside the setup.
    private typealias Ready = (role: Role, input: ConnectionHandler.Input, rest: [WireInput])

    /// The first message has to be setup.
    /// - Returns: nil when it was refused or has gone.
    private func setUp(_ iterator: inout AsyncStream<ConnectionHandler.Input>.Iterator) async -> Ready? {
        guard let input = await iterator.next() else {
            outbox.close(nil)
            return nil
        }
        do throws(StatusError) {
            if let inputs = await read(input), let first = inputs.first {
                return (try await setUp(first), input, Array(inputs.dropFirst()))
            }
        } catch {
            let reason = error.reason ?? error.status.rawValue
            if error.status == .permissionDenied { tellOfRefusal(reason, role) }
            // The reason's name alone: its sentence may repeat what the client said.
            logger.debug("client refused", metadata: ["client": "\(client.id)", "reason": "\(reason)"])
            channel.eventLoop.execute { [handler] in handler.value.finish() }
            outbox.close(error)
        }
        _ = handled(input, heldBy: nil, after: nil)
        return nil
    }

    /// - Returns: the client's role.
    private func setUp(_ input: WireInput) async throws(StatusError) -> Role {
        if case .refused(let error) = input { throw error }
        guard case .message(let message) = input, case .setup(var setup) = message.kind else {
            var id: RequestID?
            if case .message(let message) = input { id = message.id }
            throw StatusError(
                .failedPrecondition, "the first message has to be setup: send {\"setup\":{}} before anything else",
                reason: "SETUP_EXPECTED", re: id)
        }
        let isNative = setup.isNative || message.usesExtension
        outbox.configure(setup, isNative: isNative)
        var complete: SetupComplete
        do throws(StatusError) {
            try ProtocolVersion.check(setup.version)
            setup.role = try role(wanted: setup.role)
            complete = try await join(setup)
        } catch {
            throw error.answering(message.id)
        }
        complete.role = setup.role
        complete.ignored = message.ignored + complete.ignored
        let answer = ServerMessage(.setupComplete(complete), sequence: complete.next - 1, time: .now(), re: message.id)
        outbox.open(with: OutboundMessage(answer))
        channel.eventLoop.execute { [handler] in handler.value.setupAccepted() }
        if let limit = setup.sessionLimit { end(after: limit) }
        return setup.role ?? role
    }

    /// The client asked for an end: it is told two seconds before, or halfway.
    private func end(after limit: Duration) {
        let left = min(limit / 2, .seconds(2))
        let steps = [
            channel.eventLoop.scheduleTask(in: .init(limit - left)) { [outbox] in outbox.send(.goAway(timeLeft: left)) },
            channel.eventLoop.scheduleTask(in: .init(limit)) { [outbox] in outbox.close(nil) },
        ]
        // Who asks for a day and goes leaves nothing behind for that day.
        channel.closeFuture.whenComplete { _ in for step in steps { step.cancel() } }
    }

    /// The service's answer to a setup. A client that goes before it takes its setup back: a crowd that connects and leaves as fast
    /// as it can shall not leave work behind. Not where what it said behind the setup is to be heard.
    private func join(_ setup: Setup) async throws(StatusError) -> SetupComplete {
        let joining = Task { () async -> Result<SetupComplete, StatusError> in
            do throws(StatusError) {
                return .success(try await service.connected(client, setup: setup, sink: outbox))
            } catch {
                return .failure(error)
            }
        }
        channel.closeFuture.whenComplete { [handler] _ in if !handler.value.isHeardOut { joining.cancel() } }
        return try await joining.value.get()
    }

    /// A client that asks for nothing gets what its user may have.
    private func role(wanted: Role?) throws(StatusError) -> Role {
        guard let wanted, wanted > role else { return wanted ?? role }
        throw StatusError(
            .permissionDenied,
            "\(client.principal) may be \(role.rawValue) here, not \(wanted.rawValue): ask for that, or have \(Self.giver(client.principal)) changed",
            reason: "ROLE_NOT_ALLOWED")
    }

    /// Where roles are given.
    private static func giver(_ principal: Principal) -> String {
        switch principal {
        case .user: "the groups in [socket]"
        case .key: "the key's role in the file that [listen] keys names"
        }
    }

    /// - Returns: what still holds the inputs.
    private func handle(_ inputs: [WireInput], role: Role) async -> Task<Void, Never>? {
        var works: [Task<Void, Never>] = []
        for input in inputs {
            switch input {
            case .message(let message): if let work = await handle(message, role: role) { works.append(work) }
            case .refused(let error): outbox.refuse(error)
            case .ignored(let names): outbox.send(.reply(.ignored(names, of: nil)))
            case .leave:
                channel.eventLoop.execute { [handler] in handler.value.finish() }
                outbox.finish()
            }
        }
        guard works.count > 1 else { return works.first }
        return Task { for work in works { await work.value } }
    }

    /// - Returns: what still holds the message.
    private func handle(_ message: ClientMessage, role: Role) async -> Task<Void, Never>? {
        do throws(StatusError) {
            if message.usesExtension { outbox.becomeNative() }
            if !message.ignored.isEmpty { outbox.send(.reply(.ignored(message.ignored, of: message.id))) }
            switch message.kind {
            case .setup:
                throw StatusError(
                    .failedPrecondition, "setup was already sent on this connection: open another one for another session",
                    reason: "SETUP_REPEATED", re: message.id)
            case .native(.subscribe(let topics)):
                outbox.subscribe(topics)
                outbox.reply(.subscribed(topics), to: message.id)
            default:
                guard role >= message.requiredRole else {
                    tellOfRefusal(message.requiredRole.rawValue, role)
                    throw StatusError(
                        .permissionDenied, "this needs the role \(message.requiredRole.rawValue), and this connection is \(role.rawValue)",
                        reason: role == .observer ? "OBSERVER" : "ROLE_NOT_ALLOWED", re: message.id)
                }
                return await service.receive(message, from: client.id)
            }
        } catch {
            outbox.refuse(error)
        }
        return nil
    }

    /// At most one line a minute: what a client may not do it may try as often as it likes.
    /// - Parameter needed: the role, or the reason of a setup's refusal.
    private func tellOfRefusal(_ needed: String, _ role: Role) {
        guard let count = refusals.add() else { return }
        logger.notice(
            "refused",
            metadata: [
                "peer": "\(PeerName.of(client.principal))", "role": "\(role.rawValue)", "needed": "\(needed)", "times": "\(count)",
            ])
    }

    /// - Returns: nil: the client has gone meanwhile.
    private func read(_ input: ConnectionHandler.Input) async -> [WireInput]? {
        switch input {
        case .line(let bytes) where bytes.count > LongLines.threshold:
            await longLines.read(bytes, by: outbox.wire) { [channel] in channel.isActive }
        case .line(let bytes): outbox.wire.read(bytes)
        case .refused(let error): [.refused(error.status())]
        case .otherTransport(let firstByte): [.refused(Self.refusal(firstByte: firstByte))]
        }
    }

    /// The next input may come; the budget has this one's bytes back when nothing holds them.
    /// - Returns: what gives them back, if that is later, and after what was held before.
    private func handled(
        _ input: ConnectionHandler.Input, heldBy work: Task<Void, Never>?, after earlier: Task<Void, Never>?
    ) -> Task<Void, Never>? {
        let bytes = input.byteCount
        channel.eventLoop.execute { [handler] in
            handler.value.handled()
            if work == nil { handler.value.released(bytes: bytes) }
        }
        guard let work else { return earlier }
        return Task { [channel, handler] in
            await work.value
            channel.eventLoop.execute { handler.value.released(bytes: bytes) }
            await earlier?.value
        }
    }

    private static func refusal(firstByte: UInt8) -> StatusError {
        let shown = (0x21...0x7E).contains(firstByte) ? "'\(Character(Unicode.Scalar(firstByte)))'" : "0x" + String(firstByte, radix: 16)
        return StatusError(
            .invalidArgument, "the first byte is \(shown): speak newline-delimited JSON, beginning with {\"setup\":{}}, or WebSocket",
            reason: "UNKNOWN_TRANSPORT", isFatal: true)
    }
}
