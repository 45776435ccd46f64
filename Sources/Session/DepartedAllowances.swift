import AgentProtocol

/// What a user's clients had spent of their ``InterruptionAllowance`` when they left: the next one goes on from there, so that nobody
/// gets a new one by connecting again. Kept until it is whole again, some seconds.
struct DepartedAllowances: Sendable {
    private var spent: [Principal: InterruptionAllowance] = [:]

    mutating func leave(_ allowance: InterruptionAllowance, of user: Principal, at now: ContinuousClock.Instant) {
        spent = spent.filter { !$0.value.isWhole(at: now) }
        if !allowance.isWhole(at: now) { spent[user] = allowance }
    }

    /// - Returns: nil: a whole one.
    mutating func take(of user: Principal, at now: ContinuousClock.Instant) -> InterruptionAllowance? {
        spent.removeValue(forKey: user).flatMap { $0.isWhole(at: now) ? nil : $0 }
    }
}
