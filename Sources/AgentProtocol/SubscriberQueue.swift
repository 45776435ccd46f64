/// What waits for one client, with the rules for a client that is slower than the session.
///
/// While the transport is blocked, events that replace each other (interim transcripts, voice activity, observations, health) keep only
/// the newest of a kind, and neighbouring text pieces of one turn are joined, which loses nothing. What does not fit even so is refused:
/// the client is then cut off, because the producer never waits.
public struct SubscriberQueue: Sendable {
    public struct Limits: Sendable, Hashable {
        public var messages: Int
        public var bytes: Int

        public init(messages: Int = 256, bytes: Int = 1 << 20) {
            self.messages = messages
            self.bytes = bytes
        }
    }

    private struct Entry {
        var message: OutboundMessage
        /// Text pieces of the same turn joined to the message's own, and their size as JSON.
        var joined = ""
        var size: Int
    }

    public let limits: Limits
    private var entries: [Entry] = []
    public private(set) var bytes = 0
    public private(set) var isBlocked = false

    public init(limits: Limits = Limits()) { self.limits = limits }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// The transport takes nothing more for now: from here on events replace and join each other.
    public mutating func block() {
        guard !isBlocked else { return }
        isBlocked = true
        compact()
    }

    public mutating func unblock() { isBlocked = false }

    /// Queues a message.
    /// - Returns: false when it does not fit, the queue is unchanged then but for compaction. A message on its own always fits,
    ///   whatever its size, so that a large reply reaches a client that reads.
    public mutating func push(_ message: OutboundMessage) -> Bool {
        if tryPush(message, coalescing: isBlocked) { return true }
        if isBlocked { return false }
        compact()
        return tryPush(message, coalescing: true)
    }

    /// Puts a message before all others, limits aside: the answer to setup.
    public mutating func pushFirst(_ message: OutboundMessage) {
        entries.insert(Entry(message: message, size: message.bytes.count), at: 0)
        bytes += message.bytes.count
    }

    /// The oldest message, which leaves the queue.
    public mutating func pop() -> OutboundMessage? {
        guard !entries.isEmpty else { return nil }
        let entry = entries.removeFirst()
        bytes -= entry.size
        return entry.joined.isEmpty ? entry.message : Self.join(entry)
    }

    public mutating func removeAll() {
        entries.removeAll()
        bytes = 0
    }

    private mutating func tryPush(_ message: OutboundMessage, coalescing: Bool) -> Bool {
        let size = message.bytes.count
        guard coalescing else { return append(message, size) }
        if let kind = message.message.event.replaceableKind,
            let index = entries.firstIndex(where: { $0.message.message.event.replaceableKind == kind })
        {
            let older = entries.remove(at: index)
            bytes -= older.size
            if fits(1, size) {
                append(Entry(message: message, size: size))
                return true
            }
            entries.insert(older, at: index)
            bytes += older.size
            return false
        }
        if case .modelTurn(let text) = message.message.event, let last = entries.last, Self.joins(last.message.message, message.message) {
            // Sequence number and time are those of the newest piece; their width hardly changes, the text decides the size.
            let growth = Self.escapedSize(text)
            guard last.size + growth <= OutboundMessage.maximumBytes else { return append(message, size) }
            guard fits(0, growth) else { return false }
            entries[entries.count - 1].joined += text
            entries[entries.count - 1].message = OutboundMessage(renumbering: last.message, as: message.message)
            entries[entries.count - 1].size += growth
            bytes += growth
            return true
        }
        return append(message, size)
    }

    private mutating func append(_ message: OutboundMessage, _ size: Int) -> Bool {
        guard fits(1, size) else { return false }
        append(Entry(message: message, size: size))
        return true
    }

    /// Applies the rules to what was queued before they held.
    private mutating func compact() {
        let old = entries
        removeAll()
        for entry in old {
            // Nothing here can fail: each step makes the queue no larger than it was.
            let message = entry.joined.isEmpty ? entry.message : Self.join(entry)
            if !tryPush(message, coalescing: true) { append(Entry(message: message, size: message.bytes.count)) }
        }
    }

    private mutating func append(_ entry: Entry) {
        entries.append(entry)
        bytes += entry.size
    }

    private func fits(_ moreMessages: Int, _ moreBytes: Int) -> Bool {
        entries.isEmpty || (entries.count + moreMessages <= limits.messages && bytes + moreBytes <= limits.bytes)
    }

    private static func joins(_ a: ServerMessage, _ b: ServerMessage) -> Bool {
        if case .modelTurn = a.event, a.turn == b.turn, a.source == b.source, a.re == b.re { true } else { false }
    }

    private static func join(_ entry: Entry) -> OutboundMessage {
        var message = entry.message.message
        if case .modelTurn(let first) = message.event { message.event = .modelTurn(text: first + entry.joined) }
        return OutboundMessage(message)
    }

    /// Bytes of a text inside a JSON string.
    static func escapedSize(_ text: String) -> Int {
        text.utf8.reduce(0) { size, byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x08, 0x09, 0x0A, 0x0C, 0x0D: size + 2
            case 0..<0x20: size + 6
            default: size + 1
            }
        }
    }
}

extension OutboundMessage {
    /// The first piece of a joined text with number and time of the newest; the bytes are stale until the pieces are joined.
    fileprivate init(renumbering first: OutboundMessage, as newest: ServerMessage) {
        var message = first.message
        message.sequence = newest.sequence
        message.time = newest.time
        self.init(message, bytes: first.bytes)
    }
}
