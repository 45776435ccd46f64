import Media

/// How long a film has shown nothing, though its frames go by: a folder that was deleted, an archive that was cut. A value; the caller
/// says what time it is.
struct Darkness {
    /// Seconds for which a film played by the clock may show nothing, as a camera may.
    private static let patience = 3.0
    /// Frames of a film that is played as fast as possible, and at least of one that is played by the clock.
    private static let frames = (replayed: 64, live: 2)

    /// Frames in a row that could not be shown.
    private(set) var count = 0
    private var since: MediaTime?
    private var isTold = false

    /// - Parameter time: of a film that is played by the clock.
    /// - Returns: whether it has just become too long.
    mutating func damaged(_ more: Int, at time: MediaTime?) -> Bool {
        count += more
        since = since ?? time
        guard !isTold else { return false }
        if let time, let since {
            isTold = count >= Self.frames.live && (time - since).seconds >= Self.patience
        } else {
            isTold = count >= Self.frames.replayed
        }
        return isTold
    }

    /// A frame was shown.
    /// - Returns: whether that ends what was told.
    mutating func ended() -> Bool {
        defer { self = Darkness() }
        return isTold
    }
}
