package import AgentProtocol

/// Who may have one more connection.
///
/// One user leaves a quarter of the places to the others. Beyond them some are kept for the daemon's own user and for keys of owners,
/// and as many again for root: whoever fills the others can still be stopped, and the devices muted.
package struct ConnectionPlaces: Sendable {
    private let total: Int
    private let reserved: Int
    private let owner: Principal
    private var taken: [Principal: Int] = [:]

    package init(total: Int, reserved: Int, owner: UInt32) {
        self.total = total
        self.reserved = reserved
        self.owner = .user(owner)
    }

    /// Of `total` places, how many one user may take.
    package static func share(of total: Int) -> Int { total < 2 ? total : total - max(1, total / 4) }

    /// Takes a place for a user. - Throws: RESOURCE_EXHAUSTED.
    /// - Parameter isOwner: by its key.
    package mutating func take(_ principal: Principal, isOwner: Bool = false) throws(StatusError) {
        let all = taken.values.reduce(0, +)
        let isRoot = principal == .user(0)
        let places = isRoot ? total + 2 * reserved : principal == owner || isOwner ? total + reserved : total
        guard all < places else {
            throw StatusError(
                .resourceExhausted, "\(all) clients are connected, the limit is \(total): close one and try again",
                reason: "TOO_MANY_CONNECTIONS")
        }
        let own = taken[principal] ?? 0
        guard isRoot || principal == owner || isOwner || own < Self.share(of: total) else {
            throw StatusError(
                .resourceExhausted, "\(principal) has \(own) connections, its share of the \(total) places: close one and try again",
                reason: "TOO_MANY_OF_ONE_USER")
        }
        taken[principal] = own + 1
    }

    package mutating func give(back principal: Principal) {
        guard let own = taken[principal] else { return }
        taken[principal] = own > 1 ? own - 1 : nil
    }
}
