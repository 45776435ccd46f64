import AgentProtocol

/// How often one client may begin an ask without letting it end: some at once, then so many a second.
///
/// A question is prefilled and its pictures are encoded before its first token, so asks that are thrown away cost the others
/// most. An ask that comes to its end costs nothing here.
struct InterruptionAllowance: Sendable {
    private let atOnce: Double
    private let perSecond: Double
    private var left: Double
    private var last: ContinuousClock.Instant?

    init(atOnce: Double, perSecond: Double) {
        self.atOnce = atOnce
        self.perSecond = perSecond
        left = atOnce
    }

    /// An ask begins.
    /// - Returns: nil, or how long to wait first.
    mutating func begin(at now: ContinuousClock.Instant) -> Duration? {
        if let last { left = min(atOnce, left + (now - last).inSeconds * perSecond) }
        last = now
        guard left >= 1 else { return .seconds((1 - left) / perSecond) }
        left -= 1
        return nil
    }

    /// Whether nothing of it is spent.
    func isWhole(at now: ContinuousClock.Instant) -> Bool { last.map { left + (now - $0).inSeconds * perSecond >= atOnce } ?? true }

    /// An ask came to its own end.
    mutating func ended() { left = min(atOnce, left + 1) }
}
