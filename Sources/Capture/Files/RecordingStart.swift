import Media

/// Where the time of a recording begins that is played at its own pace.
enum RecordingStart {
    /// Sound and pictures that are started together begin at one moment, whatever passes between the two calls.
    private static let together = 0.5

    /// - Parameter origin: the moment that recordings have in common; nil for none.
    /// - Returns: `origin` if it has only just been; else nil: what starts later, because it was muted, begins when it starts, or
    ///   all of it would be late for ever.
    static func origin(_ origin: MediaTime?, now: MediaTime) -> MediaTime? {
        guard let origin, (now - origin).seconds <= together else { return nil }
        return origin
    }
}
