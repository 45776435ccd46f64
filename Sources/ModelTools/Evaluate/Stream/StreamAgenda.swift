/// Everything that happens to a recording beside its media, in the order in which it happens.
package struct StreamAgenda: Sendable {
    package enum Action: Sendable, Equatable {
        case mute(StreamTruth.Mute.Device, Bool)
        case follow(Int)
        case ask(Int)
        /// Types the spoken question of this number.
        case type(Int)
        case unfollow(Int)

        /// Of what happens at the same time: what is asked is asked of what is then, and who follows next takes a place that is free.
        fileprivate var rank: Int {
            switch self {
            case .mute: 0
            case .ask: 1
            case .type: 2
            case .unfollow: 3
            case .follow: 4
            }
        }
    }

    /// After a sentence its answer begins when the detector has found the end of it, 0.6 s later.
    static let answerDelay = 1.0

    package let actions: [(time: Double, action: Action)]

    package init(_ truth: StreamTruth) {
        var actions: [(time: Double, action: Action)] = []
        for mute in truth.muted {
            actions.append((mute.from, .mute(mute.device, true)))
            if mute.to < truth.seconds { actions.append((mute.to, .mute(mute.device, false))) }
        }
        for (number, instruction) in truth.instructions.enumerated() {
            actions.append((instruction.from, .follow(number)))
            if instruction.to < truth.seconds { actions.append((instruction.to, .unfollow(number))) }
        }
        for (number, ask) in truth.asks.enumerated() { actions.append((ask.time, .ask(number))) }
        for (number, words) in truth.words.enumerated() where words.answers != nil {
            actions.append((min(words.to + Self.answerDelay, truth.seconds), .type(number)))
        }
        self.actions = actions.sorted { ($0.time, $0.action.rank) < ($1.time, $1.action.rank) }
    }
}
