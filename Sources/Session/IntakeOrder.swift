package import AgentProtocol

/// Who says the next piece of a question: of the user whose last piece lies longest back the one who waits longest.
///
/// Tokenising a text and encoding a picture take the engine's time, also for a question that is never asked. One piece at a time,
/// with a step of the answers and of the streams in between, so that a crowd of one user's clients holds up nobody else's.
package struct IntakeOrder<Place> {
    private var waiting: [(user: Principal, place: Place)] = []
    /// The piece at which a user's last one was let in.
    private var lastServed: [Principal: Int] = [:]
    private var served = 0

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty }

    package mutating func add(_ place: Place, of user: Principal) { waiting.append((user, place)) }

    package mutating func next() -> Place? {
        let index = waiting.indices.min { lastServed[waiting[$0].user] ?? -1 < lastServed[waiting[$1].user] ?? -1 }
        guard let index else { return nil }
        let (user, place) = waiting.remove(at: index)
        lastServed[user] = served
        served += 1
        // Who has not waited for long is nobody to remember.
        if waiting.isEmpty { lastServed = [:] }
        return place
    }
}
