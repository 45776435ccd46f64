/// What a question to a long stream is about: `measure` of an ask.
package enum StreamMeasure: String, Codable, Sendable, CaseIterable {
    case objects, presence
    /// Presence of a thing that has just been taken away.
    case taken
    case colour, count, spatial, change
    case heard, last, ago
    /// The picture is black.
    case dark
    /// Two questions in one.
    case two
    /// A question that goes on from the one before it.
    case again
    /// The colour or place of a thing that is not there.
    case absent
    /// What neither camera nor microphone can tell.
    case unknowable

    /// What a model asked about its own domain can be expected to know.
    var isKnowable: Bool { self != .absent && self != .unknowable }

    var label: String {
        switch self {
        case .objects: "objects, exactly right"
        case .presence: "presence, balanced"
        case .taken: "  just taken away"
        case .colour: "colour"
        case .count: "count"
        case .spatial: "place"
        case .change: "what changed just now"
        case .heard: "what was heard"
        case .last: "what happened last"
        case .ago: "how long ago"
        case .dark: "too dark to see"
        case .two: "two questions in one"
        case .again: "follow-ups"
        case .absent: "absent thing, nonsense"
        case .unknowable: "cannot know, nonsense"
        }
    }
}
