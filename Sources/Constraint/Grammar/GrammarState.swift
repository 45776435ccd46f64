/// How far a grammar has come: one way through it for each alternative that is still open.
public struct GrammarState: Hashable, Sendable {
    var threads: [Thread]
}

/// One way: the rules that are under way, outermost first.
struct Thread: Hashable, Sendable {
    var frames: [Frame]
    /// The keys of open objects that no property names, each followed by a 0; they must not come twice.
    var names: [UInt8] = []

    var top: Frame {
        get { frames[frames.count - 1] }
        set { frames[frames.count - 1] = newValue }
    }

    func popped() -> Thread {
        var thread = self
        thread.frames.removeLast()
        return thread
    }
}

/// A rule and the place in it.
struct Frame: Hashable, Sendable {
    var node: Int32
    var place = Place.start
    /// In an automaton or a trie of names; of an object before its value, which one.
    var position: UInt16 = 0
    /// Characters of a string, items of an array, free properties of an object.
    var count: UInt32 = 0
    /// Where the free keys of an object begin.
    var names: UInt32 = 0
    /// The properties of an object that are there.
    var seen: UInt64 = 0

    enum Place: UInt8, Hashable, Sendable {
        case start
        /// Of a string, a key or a bare value: inside.
        case inside
        /// After the opening bracket.
        case opened
        /// In a key that a property names; in a call, in the function's name.
        case name
        case colon
        /// After the colon or a comma: a space may come.
        case spaceBeforeValue, spaceBeforeNext
        /// The value, the next key or the next item must come.
        case value, next
        case afterValue
    }

    /// For a property without a name.
    static let freeProperty: UInt16 = .max
}
