import AgentProtocol

/// A client that had a standing instruction and is gone.
struct FormerWatcher {
    let client: ClientContext.ID
    let user: Principal
    let instruction: String
}

/// What a client that comes back may read again.
extension AgentEngine {
    /// Watchers that are remembered.
    private static let formerWatchersLimit = 64

    func remember(formerWatcher id: ClientContext.ID, _ client: AgentClient) {
        guard let watch = client.watch else { return }
        formerWatchers.append(FormerWatcher(client: id, user: client.user, instruction: watch.instruction))
        if formerWatchers.count > Self.formerWatchersLimit { formerWatchers.removeFirst() }
    }

    /// A program that comes back with the same instruction, as the same user, reads again what the instruction said before.
    func place(of id: ClientContext.ID, _ setup: Setup) -> EventHub.Place {
        guard setup.after != nil, let client = clients[id] else { return EventHub.Place() }
        let former = client.watch.map { watch in
            formerWatchers.filter { $0.user == client.user && $0.instruction == watch.instruction }.map(\.client)
        }
        return EventHub.Place(
            after: setup.after, former: Set((former ?? []) + client.former),
            followsUnsolicited: client.watch == nil ? client.proactivity : Proactivity())
    }
}
