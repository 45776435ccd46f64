package import AgentProtocol

/// Who wants to come in, and the most that he may do.
package struct Caller: Sendable, Hashable {
    package var principal: Principal
    package var role: Role

    package init(principal: Principal, role: Role) {
        self.principal = principal
        self.role = role
    }
}
