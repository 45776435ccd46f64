/// The newest events of a session, for clients that missed some: bounded in number, in age and in bytes, oldest out first.
///
/// Numbers have no holes in it: what is held is `first...last`, so that an event is found by its number alone.
public struct ReplayRing: Sendable {
    public struct Limits: Sendable, Hashable {
        public var events: Int
        public var age: Duration
        /// Of the messages as they go out.
        public var bytes: Int

        public init(events: Int = 4096, age: Duration = .seconds(600), bytes: Int = 8 << 20) {
            self.events = events
            self.age = age
            self.bytes = bytes
        }
    }

    public struct Entry: Sendable {
        public let message: OutboundMessage
        /// Who got what nobody asked for; nil: everyone.
        public let audience: Set<ClientContext.ID>?
        /// The one client that got it; nil: all of them.
        public let only: ClientContext.ID?
    }

    /// What stands after a number.
    public enum Step: Sendable {
        /// Nothing: it is the newest.
        case end
        /// Events up to this number are not held any more.
        case gap(to: Int64)
        case event(Entry)
    }

    private let limits: Limits
    private var entries: [(entry: Entry, since: ContinuousClock.Instant)] = []
    /// Entries before this index have left; they are cut off in pieces, so that leaving costs no shift of the whole.
    private var head = 0
    public private(set) var bytes = 0
    /// The number of the newest event, held or not.
    public private(set) var last: Int64

    /// - Parameter last: the last number used so far.
    public init(last: Int64 = 0, limits: Limits = Limits()) {
        self.last = last
        self.limits = limits
    }

    public var count: Int { entries.count - head }
    /// The number of the oldest event that is held; that of the next one if none is.
    public var first: Int64 { last - Int64(count) + 1 }

    /// Takes the event with the number `last + 1`.
    public mutating func append(
        _ message: OutboundMessage, audience: Set<ClientContext.ID>? = nil, only: ClientContext.ID? = nil,
        now: ContinuousClock.Instant = .now
    ) {
        entries.append((Entry(message: message, audience: audience, only: only), now))
        bytes += message.bytes.count
        last += 1
        while count > limits.events || bytes > limits.bytes { dropFirst() }
        expire(now: now)
    }

    public mutating func step(after number: Int64, now: ContinuousClock.Instant = .now) -> Step {
        expire(now: now)
        guard number < last else { return .end }
        guard number + 1 >= first else { return .gap(to: first - 1) }
        return .event(entries[head + Int(number + 1 - first)].entry)
    }

    /// What was muted is not told again: nothing that is held stays.
    public mutating func forget() {
        entries = []
        (head, bytes) = (0, 0)
    }

    private mutating func expire(now: ContinuousClock.Instant) {
        while count > 0, now - entries[head].since > limits.age { dropFirst() }
    }

    private mutating func dropFirst() {
        bytes -= entries[head].entry.message.bytes.count
        head += 1
        // Amortised: a cut moves at most as many entries as have left since the last one.
        guard head >= 256, head * 2 >= entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }
}
