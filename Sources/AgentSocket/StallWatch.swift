import AgentProtocol
import Glibc
import NIOCore

/// Closes a connection whose client takes no byte for too long while bytes wait for it. Nearest to the socket: it counts what a
/// transport makes of the messages.
final class StallWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let outbox: Outbox
    private var drainWatch: DrainWatch
    private var written = 0
    private var watching: RepeatedTask?

    init(outbox: Outbox, limit: Duration) {
        self.outbox = outbox
        drainWatch = DrainWatch(limit: limit)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        watching = context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            let (watch, context) = bound.value
            watch.look(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        watching?.cancel()
        watching = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    private func look(_ context: ChannelHandlerContext) {
        let channel = context.channel
        let buffered = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        var unread: Int32 = 0
        _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { descriptor in
            // Bytes in the kernel that the client has not read (SIOCOUTQ, which is TIOCOUTQ).
            ioctl(descriptor, UInt(TIOCOUTQ), &unread)
        }
        let now = Duration.nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds))
        let drained = written - buffered - Int(unread)
        if drainWatch.isStalled(waiting: buffered > 0 || outbox.isWaiting && !channel.isWritable, drained: drained, now: now) {
            context.close(promise: nil)
        }
    }
}
