/// Holds back an answer that nobody is waiting for until there is something in it: an empty one leaves no trace.
package struct HeldAnswer: Sendable {
    /// Whether anything was let out.
    package private(set) var hasSpoken = false
    private var held = ""

    package init() {}

    /// - Returns: the text that may go out now; empty while there is only white space.
    package mutating func push(_ delta: String) -> String {
        if hasSpoken { return delta }
        held += delta
        guard held.contains(where: { !$0.isWhitespace }) else { return "" }
        hasSpoken = true
        defer { held = "" }
        return held
    }
}
