package import AgentProtocol

/// Who says the next piece of a question: of the user whose last piece lies longest back the one who waits longest.
///
/// Tokenising a text and encoding a picture take the engine's time, also for a question that is never asked. One piece at a time,
/// with a step of the answers and of the streams in between, so that a crowd of one user's clients holds up nobody else's.
package struct IntakeOrder<Place> {
    private var waiting: [(user: Principal, number: Int, place: Place)] = []
    /// The piece at which a user's last one was let in.
    private var lastServed: [Principal: Int] = [:]
    private var served = 0

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty }

    /// - Parameter number: by which it may leave.
    package mutating func add(_ place: Place, of user: Principal, number: Int = 0) { waiting.append((user, number, place)) }

    /// Gives a place up; nil: it has had its turn.
    package mutating func remove(_ number: Int) -> Place? {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        defer { if waiting.isEmpty { lastServed = [:] } }
        return waiting.remove(at: index).place
    }

    package mutating func next() -> Place? {
        let index = waiting.indices.min { lastServed[waiting[$0].user] ?? -1 < lastServed[waiting[$1].user] ?? -1 }
        guard let index else { return nil }
        let (user, _, place) = waiting.remove(at: index)
        lastServed[user] = served
        served += 1
        // Who has not waited for long is nobody to remember.
        if waiting.isEmpty { lastServed = [:] }
        return place
    }
}
