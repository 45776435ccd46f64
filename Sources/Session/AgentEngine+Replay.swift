import AgentProtocol

/// A client that had a standing instruction and is gone.
struct FormerWatcher {
    let client: ClientContext.ID
    let user: Principal
    let instruction: String
}

/// A client that left what it had asked to be answered without it.
struct FormerAsker {
    let client: ClientContext.ID
    let user: Principal
}

/// What a client that comes back may read again.
extension AgentEngine {
    /// Watchers, and those who asked, that are remembered; the latter also count for their user's share while they are answered.
    private static let formerWatchersLimit = 64

    func remember(formerAsker id: ClientContext.ID, _ client: AgentClient) {
        guard client.runsOn, client.session == Self.mainSession else { return }
        formerAskers.append(FormerAsker(client: id, user: client.user))
        for (other, heir) in clients where heir.isBack && heir.user == client.user { sessions[heir.session]?.hub.hand(id, to: other) }
        guard formerAskers.count > Self.formerWatchersLimit else { return }
        let oldest = formerAskers.removeFirst().client
        end(reason: .cancelled) { $0.client == oldest }
    }

    /// Whose question it is, also if its client has gone.
    func user(asking client: ClientContext.ID) -> Principal? {
        clients[client]?.user ?? formerAskers.first { $0.client == client }?.user
    }

    func remember(formerWatcher id: ClientContext.ID, _ client: AgentClient) {
        guard let watch = client.watch else { return }
        formerWatchers.append(FormerWatcher(client: id, user: client.user, instruction: watch.instruction))
        if formerWatchers.count > Self.formerWatchersLimit { formerWatchers.removeFirst() }
    }

    /// A program that comes back with the same instruction, as the same user, reads again what the instruction said before.
    func place(of id: ClientContext.ID, _ setup: Setup) -> EventHub.Place {
        guard setup.after != nil, let client = clients[id] else { return EventHub.Place() }
        var former = Set<ClientContext.ID>()
        if let watch = client.watch {
            former.formUnion(formerWatchers.filter { $0.user == client.user && $0.instruction == watch.instruction }.map(\.client))
        }
        if client.isBack { former.formUnion(formerAskers.filter { $0.user == client.user }.map(\.client)) }
        former.formUnion(client.former)
        var place = EventHub.Place(
            after: setup.after, former: former, followsUnsolicited: client.watch == nil ? client.proactivity : Proactivity())
        guard client.isBack else { return place }
        // A connection that its client has left already may be here still.
        place.others = Set(clients.filter { $0.key != id && $0.value.runsOn && $0.value.user == client.user }.keys)
        let running = asks.merging(waiting) { $1 }
        place.turns = Set(running.filter { $0.value.client.map(place.others.contains) ?? false }.keys)
        return place
    }
}
