package import AgentProtocol

/// Who wants to come in, and the most that he may do.
package struct Caller: Sendable, Hashable {
    package var principal: Principal
    package var role: Role

    package init(principal: Principal, role: Role) {
        self.principal = principal
        self.role = role
    }

    /// Came over the network with an owner's key. On the Unix socket everyone may be an owner, if no group is named.
    var ownsByKey: Bool {
        if case .key = principal { role == .owner } else { false }
    }
}
