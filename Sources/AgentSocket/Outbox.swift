import AgentProtocol
import NIOCore
import Synchronization

/// One connection's way out: any thread queues messages, the connection's event loop writes them while the kernel takes them.
final class Outbox: EventSink {
    private struct State {
        var queue: SubscriberQueue
        var topics: Set<Topic> = []
        /// Whether other clients' turns are wanted.
        var hearsOthers = false
        var isNative = false
        /// Messages wait until setupComplete stands before them.
        var isHeld = true
        var isFlushScheduled = false
        /// Nothing more is taken; the connection closes when the queue is empty.
        var isClosing = false
        /// The close is under way.
        var hasEnded = false
        /// The last thing said is why: the client is given time to read it.
        var saysWhy = false
        /// The channel is closed: nothing is scheduled on its event loop any more.
        var isGone = false
    }

    private let state: Mutex<State>
    private let channel: any Channel
    private let client: ClientContext.ID
    /// A socket that is closed with input unread tells the client of a reset, which some report in the place of what they were told.
    /// So the output ends first, and the input is read, and dropped, until the client closes, this long at most.
    private static let farewell = TimeAmount.seconds(5)

    init(channel: any Channel, client: ClientContext.ID, limits: SubscriberQueue.Limits) {
        self.channel = channel
        self.client = client
        state = Mutex(State(queue: SubscriberQueue(limits: limits)))
    }

    func configure(topics: Set<Topic>, hearsOthers: Bool, isNative: Bool) {
        state.withLock {
            $0.topics = topics
            $0.hearsOthers = hearsOthers
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

    func send(_ message: OutboundMessage) {
        schedule { state in
            guard !state.isClosing else { return }
            let event = message.message.event
            if let topic = event.topic, !state.topics.contains(topic) { return }
            if let owner = message.message.owner, owner != client, !state.hearsOthers { return }
            // A client that never said `mm` breaks on messages that carry nothing else.
            if event.isNativeOnly, !state.isNative { return }
            if state.queue.push(message) { return }
            Self.finish(&state, with: Self.tooSlow(state.queue.limits))
        }
    }

    func close(_ error: StatusError?) { close(error, lingers: true) }

    /// - Parameter lingers: whether a client that is told why has time to read it; without, it is told all the same, and a kernel
    ///   that has input of it unread may report a reset after that.
    func close(_ error: StatusError?, lingers: Bool) {
        schedule { state in
            guard !state.isClosing else { return }
            state.isClosing = true
            state.isHeld = false
            if let error {
                state.saysWhy = lingers
                Self.append(error.fatal, to: &state.queue)
            }
        }
    }

    /// Whether something waits for the client in this process.
    var isWaiting: Bool { state.withLock { !$0.queue.isEmpty } }

    /// Writes what the kernel takes. Called on the event loop only.
    func flush() {
        channel.eventLoop.assertInEventLoop()
        while true {
            let isWritable = channel.isWritable
            let (bytes, isFinished, saysWhy) = state.withLock { state -> ([UInt8]?, Bool, Bool) in
                state.isFlushScheduled = false
                guard !state.isHeld else { return (nil, false, false) }
                if !isWritable, !state.queue.isEmpty {
                    state.queue.block()
                    return (nil, false, false)
                }
                state.queue.unblock()
                let bytes = state.queue.pop()
                guard bytes == nil, state.isClosing, !state.hasEnded else { return (bytes, false, false) }
                state.hasEnded = true
                return (nil, true, state.saysWhy)
            }
            guard let bytes else {
                channel.flush()
                if isFinished {
                    // The last write stands before the close in the channel's own order.
                    channel.writeAndFlush(ByteBuffer()).whenComplete { [channel] _ in
                        guard saysWhy else { return channel.close(promise: nil) }
                        channel.close(mode: .output, promise: nil)
                        channel.eventLoop.scheduleTask(in: Self.farewell) { channel.close(promise: nil) }
                    }
                }
                return
            }
            var buffer = channel.allocator.buffer(capacity: bytes.count + 1)
            buffer.writeBytes(bytes)
            buffer.writeInteger(UInt8(ascii: "\n"))
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
            $0.queue.removeAll()
        }
    }

    private func schedule(_ change: (inout State) -> Void) {
        let mustFlush = state.withLock { state in
            guard !state.isGone else { return false }
            change(&state)
            // A blocked queue is flushed when the channel becomes writable again.
            let isIdle = state.isHeld || (state.queue.isBlocked && !state.isClosing) || (state.queue.isEmpty && !state.isClosing)
            guard !isIdle, !state.isFlushScheduled else { return false }
            state.isFlushScheduled = true
            return true
        }
        if mustFlush { channel.eventLoop.execute { self.flush() } }
    }

    private static func finish(_ state: inout State, with error: StatusError) {
        state.queue.removeAll()
        state.isClosing = true
        state.isHeld = false
        state.saysWhy = true
        append(error, to: &state.queue)
    }

    private static func append(_ error: StatusError, to queue: inout SubscriberQueue) {
        let message = OutboundMessage(ServerMessage(.error(error), time: .now(), re: error.re))
        if !queue.push(message) {
            queue.removeAll()
            _ = queue.push(message)
        }
    }

    private static func tooSlow(_ limits: SubscriberQueue.Limits) -> StatusError {
        StatusError(
            .resourceExhausted,
            "this client reads too slowly: more than \(limits.messages) messages or \(limits.bytes) bytes wait for it; read all the time, or subscribe to less",
            reason: "SLOW_SUBSCRIBER", isFatal: true)
    }
}
