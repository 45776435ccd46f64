package import AgentProtocol

/// What may go wrong with every frame or every sound: each kind is told at once, then at most once a minute, with how often it
/// happened meanwhile. Nothing is left out of the counts.
package struct TroubleTally: Sendable {
    package enum Kind: Sendable, CaseIterable {
        case framesDropped, framesRefused, soundsLeftOut, speechUnanswered, outputsBroken

        /// Whose trouble it is.
        var source: String {
            switch self {
            case .framesDropped, .framesRefused: "camera"
            case .soundsLeftOut, .speechUnanswered: "mic"
            case .outputsBroken: "model"
            }
        }
    }

    /// Time between two `health` events of a kind.
    package static let interval = Duration.seconds(60)

    private struct Entry {
        var count = 0
        var reason = ""
        var told: ContinuousClock.Instant
    }

    private var entries: [Kind: Entry] = [:]

    package init() {}

    /// Something went wrong `count` times.
    /// - Parameter reason: of the newest.
    /// - Returns: what is to be told now; nil: it is counted for later.
    package mutating func add(_ count: Int, _ kind: Kind, reason: String = "", now: ContinuousClock.Instant) -> Health? {
        guard var entry = entries[kind], now - entry.told < Self.interval || entry.count > 0 else {
            entries[kind] = Entry(told: now)
            return Self.health(kind, count: count, during: nil, reason: reason)
        }
        entry.count += count
        entry.reason = reason
        entries[kind] = entry
        return now - entry.told < Self.interval ? nil : tell(kind, now: now)
    }

    /// What has been counted and not told, where the minute is over.
    package mutating func due(now: ContinuousClock.Instant) -> [(Kind, Health)] {
        Kind.allCases.compactMap { kind in
            guard let entry = entries[kind], entry.count > 0, now - entry.told >= Self.interval else { return nil }
            return tell(kind, now: now).map { (kind, $0) }
        }
    }

    private mutating func tell(_ kind: Kind, now: ContinuousClock.Instant) -> Health? {
        guard let entry = entries.updateValue(Entry(told: now), forKey: kind) else { return nil }
        return Self.health(kind, count: entry.count, during: now - entry.told, reason: entry.reason)
    }

    private static func health(_ kind: Kind, count: Int, during: Duration?, reason: String) -> Health {
        let times = during.map { " in \($0.figure)" } ?? ""
        func plural(_ noun: String) -> String { count == 1 ? "1 \(noun) was" : "\(count) \(noun)s were" }
        let (component, name, message) =
            switch kind {
            case .framesDropped: ("frames", "dropped", "\(plural("frame")) dropped\(times): the model is slower than the camera")
            case .framesRefused: ("vision", "refused", "\(plural("frame")) refused\(times): \(reason)")
            case .soundsLeftOut: ("hearing", "leftOut", "\(plural("sound")) not transcribed\(times): \(reason)")
            case .outputsBroken: ("model", "broken", "\(plural("task")) of the engine's own given up\(times): \(reason)")
            case .speechUnanswered: ("asks", "unanswered", "\(plural("spoken question")) not answered\(times): \(reason)")
            }
        return Health(component: component, state: .degraded, message: message, values: [name: .integer(Int64(count))])
    }
}
