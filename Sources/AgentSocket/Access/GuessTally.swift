/// Wrong keys by the address that they came from.
///
/// Past ``limit`` in a minute an address is told to wait. A right key still opens: it is too long to be guessed (``KeyRing``), and one
/// program that was given a wrong key, and tries again and again, would otherwise lock out everyone who shares its address.
package struct GuessTally {
    package static let limit = 10
    static let window = Duration.seconds(60)
    /// Addresses that are remembered; the one whose minute began first is forgotten for a new one.
    static let maximumAddresses = 1024

    private var wrong: [String: (count: Int, since: ContinuousClock.Instant)] = [:]

    /// One more wrong key.
    /// - Returns: how long the address has to wait now; nil: it may try again at once.
    mutating func add(_ address: String, now: ContinuousClock.Instant) -> Duration? {
        var entry = wrong[address] ?? (0, now)
        if now - entry.since >= Self.window { entry = (0, now) }
        entry.count += 1
        if wrong[address] == nil, wrong.count >= Self.maximumAddresses, let oldest = wrong.min(by: { $0.value.since < $1.value.since }) {
            wrong[oldest.key] = nil
        }
        wrong[address] = entry
        return entry.count > Self.limit ? Self.window - (now - entry.since) : nil
    }
}
