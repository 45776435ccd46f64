import AgentProtocol
import NIOCore

/// The last thing that goes out on a connection. Each transport says it in its own way, after all that was written, and closes.
struct Farewell: Sendable {
    /// Why the connection ends; nil: nothing is left to say.
    var error: StatusError?
    /// Whether the client is given time to read it.
    var lingers = true
    /// The client and the session have said all that they wanted: it is no end of the daemon's.
    var isDone = false
    /// In which it is said.
    var wire: any Wire = LiveWire()

    /// A socket that is closed with input unread tells the client of a reset, which some report in the place of what they were told.
    /// So the output ends first, and the input is read, and dropped, until the client closes, this long at most.
    private static let patience = TimeAmount.seconds(5)

    /// Ends the output, and some time later the connection; without anything to read, the connection at once.
    func close(_ context: ChannelHandlerContext, isSaid: Bool) {
        let channel = context.channel
        guard isSaid, lingers else { return channel.close(promise: nil) }
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
    }
}
