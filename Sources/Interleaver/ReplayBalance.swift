public import Media

/// Keeps two recordings abreast that are read as fast as possible: whichever is behind is read next.
///
/// Without it the one that is read in larger pieces runs ahead, waits in the interleaver, and in the end overflows it.
public struct ReplayBalance: Sendable {
    private var sound: MediaTime?
    private var pictures: MediaTime?
    private var soundEnded: Bool
    private var picturesEnded: Bool

    /// - Parameters: which of the two there are at all.
    public init(hasSound: Bool, hasPictures: Bool) {
        soundEnded = !hasSound
        picturesEnded = !hasPictures
    }

    public var isOver: Bool { soundEnded && picturesEnded }

    public var wantsSound: Bool { !soundEnded && (picturesEnded || Self.isBehind(sound, pictures)) }
    public var wantsPictures: Bool { !picturesEnded && (soundEnded || Self.isBehind(pictures, sound)) }

    /// The time that every recording which is not over has reached; nil before the first item of each.
    public var reached: MediaTime? {
        if soundEnded { return picturesEnded ? [sound, pictures].compactMap { $0 }.max() : pictures }
        if picturesEnded { return sound }
        return sound.flatMap { sound in pictures.map { min(sound, $0) } }
    }

    public mutating func soundReached(_ time: MediaTime) { sound = time }
    public mutating func picturesReached(_ time: MediaTime) { pictures = time }
    public mutating func beginSound() { soundEnded = false }
    public mutating func beginPictures() { picturesEnded = false }
    public mutating func endSound() { soundEnded = true }
    public mutating func endPictures() { picturesEnded = true }

    private static func isBehind(_ time: MediaTime?, _ other: MediaTime?) -> Bool {
        guard let time else { return true }
        return other.map { time <= $0 } ?? false
    }
}
