/// When memory that a load has left free in the heap goes back to the system: a line of 16 MiB, or a crowd of clients, takes many
/// times what the stream needs, and the C library keeps what was freed. A value; who asks does what it says.
package struct HeapPolicy: Sendable {
    /// Bytes that are worth the milliseconds that it takes. The blocks of nano's steps are less, so they stay.
    package static let worthwhile = 16 << 20
    /// How long nothing may have moved: the load is over.
    package static let quiet = Duration.seconds(5)

    /// The least that was free since the last time, or what was free then: pages that are given back stay free in the heap's books.
    private var floor: Int?
    private var last: (free: Int, since: ContinuousClock.Instant)?

    package init() {}

    /// - Parameter free: bytes that are free in the heap.
    /// - Returns: whether to give back now.
    package mutating func observe(free: Int, now: ContinuousClock.Instant) -> Bool {
        let floor = min(floor ?? free, free)
        self.floor = floor
        guard free - floor >= Self.worthwhile else {
            last = nil
            return false
        }
        guard let last, abs(free - last.free) < Self.worthwhile / 2 else {
            last = (free, now)
            return false
        }
        guard now - last.since >= Self.quiet else { return false }
        self.floor = free
        self.last = nil
        return true
    }
}
