/// A field of a setup and what is done with it: docs/protocol.md's table is made of these, and tests send each.
package struct SetupField: Sendable, Hashable {
    package enum Handling: Sendable, Hashable {
        /// As it is.
        case taken
        /// As it is, or what comes nearest, which the ignored list tells as a change.
        case nearest
        /// Named in `setupComplete.mm.ignored`.
        case ignored
        /// There is no session.
        case refused
    }

    /// Below `setup`, with dots.
    package let path: String
    package let handling: Handling
    /// What else is to be said of it, in the document's words.
    package let words: String
    /// It is a private session's own: the main one is everybody's, and ignores it.
    package let isPrivate: Bool
    /// Of the refusal.
    package let reason: String
    /// The members of a setup that has the field, as JSON.
    package let example: String

    /// - Parameters:
    ///   - value: of the field, as JSON.
    ///   - with: other members that the example needs, as JSON, each with a comma before it.
    init(
        _ path: String, _ handling: Handling, _ words: String = "", isPrivate: Bool = false, reason: String = "UNSUPPORTED_FIELD",
        value: String, with: String = ""
    ) {
        self.path = path
        self.handling = handling
        self.words = words
        self.isPrivate = isPrivate
        self.reason = reason
        let members = path.split(separator: ".").reversed().reduce(value) { "{\"\($1)\":\($0)}" }
        example = members.dropLast() + with + "}"
    }

    /// The field's row of the document's table.
    package var row: String {
        let done =
            switch handling {
            case .taken: "taken"
            case .nearest: "taken, or the nearest"
            case .ignored: "ignored"
            case .refused: "refused (`\(reason)`)"
            }
        return "| `\(path)` | \(done)\(words.isEmpty ? "" : ": " + words) | \(isPrivate ? "ignored" : "the same") |"
    }

    package static let head = ["| field of `setup` | | on the main session |", "|---|---|---|"]
}
