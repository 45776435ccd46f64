import AgentProtocol
import NIOCore
import Synchronization

/// One connection's way out: any thread queues messages, the connection's event loop writes them while the kernel takes them.
final class Outbox: EventSink {
    private struct State {
        var queue: SubscriberQueue
        /// What the client speaks.
        var wire: any Wire = LiveWire()
        var topics: Set<Topic> = []
        /// Whether other clients' turns are wanted.
        var hearsOthers = false
        var isNative = false
        /// Where the client reads the text of answers.
        var medium = AnswerMedium.text
        /// What a message says in `mm` it wants in the parts of answers, too.
        var wantsPartMetadata = false
        /// What the client missed: taken one by one while the kernel takes bytes and nothing else waits, so that it never counts as slow.
        var backlog: Backlog?
        /// Messages wait until setupComplete stands before them.
        var isHeld = true
        var isFlushScheduled = false
        /// Nothing more is taken; the connection closes when the queue is empty.
        var isClosing = false
        /// The close is under way.
        var hasEnded = false
        /// What is said last.
        var farewell = Farewell()
        /// The channel is closed: nothing is scheduled on its event loop any more.
        var isGone = false
    }

    private let state: Mutex<State>
    private let channel: any Channel
    private let client: ClientContext.ID
    init(channel: any Channel, client: ClientContext.ID, limits: SubscriberQueue.Limits) {
        self.channel = channel
        self.client = client
        state = Mutex(State(queue: SubscriberQueue(limits: limits)))
    }

    /// What the client speaks, and reads.
    var wire: any Wire {
        get { state.withLock { $0.wire } }
        set { state.withLock { $0.wire = newValue } }
    }

    func configure(_ setup: Setup, isNative: Bool) {
        state.withLock {
            $0.topics = setup.topics
            $0.hearsOthers = setup.hearsOthers
            $0.medium = setup.answerMedium
            $0.wantsPartMetadata = setup.wantsPartMetadata
            $0.isNative = isNative
        }
    }

    /// The client has used `mm` itself, so it understands messages that carry nothing else.
    func becomeNative() { state.withLock { $0.isNative = true } }

    func subscribe(_ topics: Set<Topic>) {
        state.withLock {
            $0.topics = topics
            $0.hearsOthers = true
        }
    }

    func wants(_ topic: Topic) -> Bool { state.withLock { $0.topics.contains(topic) && !$0.isClosing } }

    /// Lets messages out, this one first.
    func open(with setupComplete: OutboundMessage) {
        schedule { state in
            guard !state.isClosing else { return }
            state.queue.pushFirst(setupComplete)
            state.isHeld = false
        }
    }

    func catchUp(_ backlog: Backlog) {
        schedule { state in if !state.isClosing { state.backlog = backlog } }
    }

    func send(_ message: OutboundMessage) {
        schedule { state in
            guard !state.isClosing else { return }
            let event = message.message.event
            if let topic = event.topic, !state.topics.contains(topic) { return }
            if let owner = message.message.owner, owner != client, !state.hearsOthers { return }
            // A client that never said `mm` breaks on messages that carry nothing else.
            if event.isNativeOnly, !state.isNative { return }
            if state.queue.push(message.inMedium(state.medium, withPartMetadata: state.wantsPartMetadata)) { return }
            state.queue.removeAll()
            Self.end(&state, Farewell(error: Self.tooSlow(state.queue.limits)))
        }
    }

    func close(_ error: StatusError?) { close(error, lingers: true) }

    /// - Parameter lingers: whether a client that is told why has time to read it; without, it is told all the same, and a kernel
    ///   that has input of it unread may report a reset after that.
    func close(_ error: StatusError?, lingers: Bool) {
        schedule { state in
            guard !state.isClosing else { return }
            Self.end(&state, Farewell(error: error?.fatal, lingers: lingers))
        }
    }

    /// The client wants nothing more than what is queued.
    func finish() {
        schedule { state in if !state.isClosing { Self.end(&state, Farewell(isDone: true)) } }
    }

    /// The daemon stops. Who has been set up has had goAway; anyone else reads why there is no setupComplete.
    func stop() {
        schedule { state in
            guard !state.isClosing else { return }
            Self.end(&state, Farewell(error: state.isHeld ? Self.stopping : nil))
        }
    }

    /// Whether something waits for the client in this process.
    var isWaiting: Bool { state.withLock { !$0.queue.isEmpty || $0.backlog != nil } }

    /// Writes what the kernel takes. Called on the event loop only.
    func flush() {
        channel.eventLoop.assertInEventLoop()
        while true {
            let isWritable = channel.isWritable
            let (message, farewell, backlog, wire) = state.withLock { state -> (OutboundMessage?, Farewell?, Backlog?, any Wire) in
                let wire = state.wire
                state.isFlushScheduled = false
                guard !state.isHeld else { return (nil, nil, nil, wire) }
                if !isWritable, !state.queue.isEmpty || state.backlog != nil {
                    state.queue.block()
                    return (nil, nil, nil, wire)
                }
                state.queue.unblock()
                let message = state.queue.pop()
                if message == nil, !state.isClosing, let backlog = state.backlog { return (nil, nil, backlog, wire) }
                guard message == nil, state.isClosing, !state.hasEnded else { return (message, nil, nil, wire) }
                state.hasEnded = true
                state.farewell.wire = wire
                return (nil, state.farewell, nil, wire)
            }
            if let backlog {
                // Outside the lock: the hub holds its own while it sends.
                if !backlog.next() { state.withLock { $0.backlog = nil } }
                continue
            }
            guard let message else {
                channel.flush()
                if let farewell { channel.triggerUserOutboundEvent(farewell, promise: nil) }
                return
            }
            var output = wire.write(message)
            if let count = output.bytes?.count, count > OutboundMessage.maximumBytes { output = wire.write(message.refusing(bytes: count)) }
            if output.ends { state.withLock { if !$0.isClosing { Self.end(&$0, Farewell(isDone: true)) } } }
            guard let bytes = output.bytes else { continue }
            // A transport may add a byte.
            var buffer = channel.allocator.buffer(capacity: bytes.count + 1)
            buffer.writeBytes(bytes)
            channel.write(buffer, promise: nil)
            // Past the high-water mark the channel turns unwritable only when it has tried to write.
            if !channel.isWritable { channel.flush() }
        }
    }

    /// Closes at once, whatever still waits.
    func abandon() { channel.close(promise: nil) }

    /// The connection is gone.
    func discard() {
        state.withLock {
            $0.isClosing = true
            $0.isGone = true
            $0.backlog = nil
            $0.queue.removeAll()
        }
    }

    private func schedule(_ change: (inout State) -> Void) {
        let mustFlush = state.withLock { state in
            guard !state.isGone else { return false }
            change(&state)
            // A blocked queue is flushed when the channel becomes writable again.
            let isIdle =
                state.isHeld || (state.queue.isBlocked && !state.isClosing)
                || (state.queue.isEmpty && state.backlog == nil && !state.isClosing)
            guard !isIdle, !state.isFlushScheduled else { return false }
            state.isFlushScheduled = true
            return true
        }
        if mustFlush { channel.eventLoop.execute { self.flush() } }
    }

    private static func end(_ state: inout State, _ farewell: Farewell) {
        state.isClosing = true
        state.backlog = nil
        // Nothing comes before setupComplete: clients take the first message for it.
        if state.isHeld { state.queue.removeAll() }
        state.isHeld = false
        state.farewell = farewell
    }

    static let stopping = StatusError(
        .unavailable, "the daemon is shutting down: connect again when it is back", reason: "STOPPING", isFatal: true)

    private static func tooSlow(_ limits: SubscriberQueue.Limits) -> StatusError {
        StatusError(
            .resourceExhausted,
            "this client reads too slowly: more than \(limits.messages) messages or \(limits.bytes) bytes wait for it; read all the time, or subscribe to less",
            reason: "SLOW_SUBSCRIBER", isFatal: true)
    }
}
