package import AgentProtocol

/// How many clients may be away, and how long.
package struct ResumptionLimits: Sendable, Equatable {
    /// How long a client may be away.
    package var patience: Duration
    /// Clients that are away, of all users.
    package var places: Int

    package init(patience: Duration = .seconds(180), places: Int = 4) {
        self.patience = patience
        self.places = places
    }

    /// Whether anyone may come back.
    package var isOn: Bool { places > 0 && patience > .zero }
}

/// Which clients may come back, by their handles, and what is kept of those that are away.
///
/// A handle is one of 2^256 and belongs to the user who got it. A client's newest ones are all good: whoever loses its connection may not
/// have read the last. Whoever shows another user's, or one that has expired, learns nothing of it: to him it is unknown.
package struct ResumptionTable<Kept> {
    private struct Ticket {
        var client: ClientContext.ID
        let user: Principal
        let sequence: Int64
    }

    private struct Waiting {
        let user: Principal
        var kept: Kept
        let since: ContinuousClock.Instant
    }

    /// Of one client.
    package static var maximumHandles: Int { 8 }

    package let limits: ResumptionLimits
    private var tickets: [String: Ticket] = [:]
    /// A client's, newest last.
    private var handles: [ClientContext.ID: [String]] = [:]
    private var waiting: [ClientContext.ID: Waiting] = [:]

    package init(limits: ResumptionLimits = ResumptionLimits()) { self.limits = limits }

    package var waitingCount: Int { waiting.count }

    /// A new handle of a client.
    /// - Parameters:
    ///   - sequence: of the newest event that the client has when it reads the handle.
    ///   - prefix: what the handle begins with.
    package mutating func issue(to client: ClientContext.ID, of user: Principal, at sequence: Int64, prefix: String = "") -> String {
        var random = SystemRandomNumberGenerator()
        let handle =
            prefix
            + (0..<4).map { _ in
                let word = String(random.next() as UInt64, radix: 16)
                return String(repeating: "0", count: 16 - word.count) + word
            }.joined()
        tickets[handle] = Ticket(client: client, user: user, sequence: sequence)
        handles[client, default: []].append(handle)
        if let own = handles[client], own.count > Self.maximumHandles {
            tickets[own[0]] = nil
            handles[client]?.removeFirst()
        }
        return handle
    }

    /// Whose handle it is, and the event after which that client goes on; nil: unknown, or another user's.
    package func find(_ handle: String, of user: Principal) -> (client: ClientContext.ID, sequence: Int64)? {
        guard let ticket = tickets[handle], ticket.user == user else { return nil }
        return (ticket.client, ticket.sequence)
    }

    /// A client has gone.
    /// - Returns: what is given up for it: its own if it has no handle, or the oldest of its user's, or of all.
    package mutating func park(_ client: ClientContext.ID, of user: Principal, _ kept: Kept, now: ContinuousClock.Instant = .now) -> [Kept]
    {
        guard handles[client] != nil, limits.isOn else {
            forget(client)
            return [kept]
        }
        var given = expire(now: now)
        if waiting.values.count(where: { $0.user == user }) >= EngineLimits.share(of: limits.places) { given += giveUp { $0.user == user } }
        if waiting.count >= limits.places { given += giveUp { _ in true } }
        waiting[client] = Waiting(user: user, kept: kept, since: now)
        return given
    }

    /// What is kept of a client that is away.
    package func peek(_ client: ClientContext.ID) -> Kept? { waiting[client]?.kept }

    /// How many of those that are away fit.
    package func count(where fits: (Kept) -> Bool) -> Int { waiting.values.count { fits($0.kept) } }

    /// The client is back under another name: its handles are that one's now. - Returns: what was kept of it.
    package mutating func resume(_ client: ClientContext.ID, as name: ClientContext.ID) -> Kept? {
        guard let found = waiting.removeValue(forKey: client), let own = handles.removeValue(forKey: client) else { return nil }
        for handle in own { tickets[handle]?.client = name }
        handles[name] = own
        return found.kept
    }

    /// Changes what is kept of everyone who is away: mute takes from them what it takes from those who are there.
    package mutating func change(_ body: (inout Kept) -> Void) {
        for client in Array(waiting.keys) {
            guard var found = waiting[client] else { continue }
            body(&found.kept)
            waiting[client] = found
        }
    }

    /// - Returns: what was kept of those who were away too long.
    package mutating func expire(now: ContinuousClock.Instant = .now) -> [Kept] {
        waiting.filter { now - $0.value.since > limits.patience }.map { client, found in
            forget(client)
            return found.kept
        }
    }

    private mutating func giveUp(where fits: (Waiting) -> Bool) -> [Kept] {
        guard let (client, oldest) = waiting.filter({ fits($0.value) }).min(by: { $0.value.since < $1.value.since }) else { return [] }
        forget(client)
        return [oldest.kept]
    }

    private mutating func forget(_ client: ClientContext.ID) {
        waiting[client] = nil
        for handle in handles.removeValue(forKey: client) ?? [] { tickets[handle] = nil }
    }
}
