/// What is spoken in a private session and waits for its answer: the sounds of a turn whose begin and end the client tells, or speech
/// that does not interrupt the answer under way.
///
/// A turn grows until it is answered: who speaks on before that is answered once, about all of it.
package struct SpokenTurn: Sendable {
    /// What was made of one clip of sound.
    package enum Clip: Sendable, Equatable {
        /// The model is being asked.
        case pending
        case words(String)
        /// No words.
        case nothing
        /// Nobody was asked what it was: the model answers the sound itself.
        case unheard
    }

    /// What a turn came to.
    package enum Said: Sendable, Equatable {
        case words(String)
        /// The model is to answer what it heard.
        case sound
        case nothing
    }

    /// Clips of a turn that are kept: half an hour of speech. The oldest go; a `health` event tells of each that had words.
    package static let maximumClips = 64

    /// Between `activityStart` and `activityEnd`.
    package private(set) var isOpen = false
    /// It has ended at least once, and was not answered yet.
    private var isOwed = false
    private var clips: [(number: Int, clip: Clip)] = []
    private var lastClip = 0

    package init() {}

    package mutating func open() { isOpen = true }

    package mutating func close() {
        isOpen = false
        isOwed = true
    }

    /// - Returns: the clip's number, and whether words of an old one had to go for it.
    package mutating func add(_ clip: Clip) -> (number: Int, isLosing: Bool) {
        lastClip += 1
        clips.append((lastClip, clip))
        guard clips.count > Self.maximumClips else { return (lastClip, false) }
        switch clips.removeFirst().clip {
        case .words, .pending: return (lastClip, true)
        case .nothing, .unheard: return (lastClip, false)
        }
    }

    /// What a clip turned out to be; one that is gone is nothing any more.
    package mutating func set(_ clip: Clip, of number: Int) {
        guard let index = clips.firstIndex(where: { $0.number == number }) else { return }
        clips[index].clip = clip
    }

    /// It is over, and all that was heard is known.
    package var isReady: Bool { isOwed && !isOpen && !clips.contains { $0.clip == .pending } }

    /// Takes what is to be answered.
    package mutating func take() -> Said {
        let words = clips.compactMap { if case .words(let words) = $0.clip { words } else { nil } }
        let said: Said = !words.isEmpty ? .words(words.joined(separator: " ")) : clips.contains { $0.clip == .unheard } ? .sound : .nothing
        clips = []
        isOwed = false
        return said
    }
}
