package import AgentProtocol

/// Which ask makes the next step: that of the client, or of the session, whose last step lies longest back.
///
/// A new ask stands behind all that wait, so whoever asks again and again holds up himself alone. Watches and notices come
/// when nobody else waits, and once in `backgroundShare` steps, so that no crowd of questions silences them.
package enum TurnOrder {
    /// One step in this many is the background's, if it waits.
    package static let backgroundShare = 16

    package enum Owner: Hashable {
        case client(ClientContext.ID)
        /// What was said to it, or heard in it.
        case session(String)
    }

    package struct Waiting {
        let turn: String
        let owner: Owner
        /// The step at which it was last served, or else began; no two are the same.
        let since: Int
        let isBackground: Bool

        package init(turn: String, owner: Owner, since: Int, isBackground: Bool) {
            self.turn = turn
            self.owner = owner
            self.since = since
            self.isBackground = isBackground
        }
    }

    package static func next(among waiting: [Waiting], step: Int) -> String? {
        let background = waiting.filter(\.isBackground)
        let isBackgroundsTurn = !background.isEmpty && (background.count == waiting.count || step.isMultiple(of: backgroundShare))
        let candidates = isBackgroundsTurn ? background : waiting.filter { !$0.isBackground }
        let lastServed = candidates.reduce(into: [Owner: Int]()) { $0[$1.owner] = max($0[$1.owner] ?? $1.since, $1.since) }
        guard let owner = lastServed.min(by: { $0.value < $1.value })?.key else { return nil }
        return candidates.filter { $0.owner == owner }.min { $0.since < $1.since }?.turn
    }
}
