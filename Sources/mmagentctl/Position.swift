import AgentProtocol

/// Where a client is in the events of the session: the number of the last one that it has.
struct Position {
    private(set) var last: Int64?

    init(after last: Int64? = nil) { self.last = last }

    mutating func note(_ message: ReceivedMessage) {
        // What is gone will not come either.
        let gone = message.native("gap")?["to"]?.integer
        guard let number = message.sequence ?? gone else { return }
        last = max(last ?? number, number)
    }

    /// The daemon does not know that number: it has begun to count anew.
    mutating func forget() { last = nil }
}
