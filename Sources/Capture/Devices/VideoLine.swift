import Media
import Synchronization

/// What the camera's thread and the reader share.
final class VideoLine: Sendable {
    /// The mailbox is made when the camera's format is known; events wait here.
    private struct Shared {
        var mailbox: FrameMailbox?
        var events: [VideoCaptureEvent] = []
        var droppedTold = 0
    }

    let board: StatusBoard
    private let shared = Mutex(Shared())
    private static let eventLimit = 64

    init(source: String) {
        board = StatusBoard(source: source, hasThread: true)
    }

    func begin() {
        board.reset()
        board.set(.starting, "opening")
    }

    /// Only while no device thread runs: forgets the pictures.
    func end() {
        shared.withLock { shared in
            shared.mailbox?.erase()
            shared = Shared()
        }
        board.set(.stopped, "")
    }

    /// The camera was opened; its frames go to the mailbox that is returned.
    func opened(bytes: Int, detail: String) -> FrameMailbox {
        let mailbox = shared.withLock { shared in
            if let mailbox = shared.mailbox, mailbox.capacity == bytes { return mailbox }
            shared.mailbox?.erase()
            let mailbox = FrameMailbox(capacity: bytes)
            shared.mailbox = mailbox
            shared.droppedTold = 0
            return mailbox
        }
        board.set(.running, detail)
        return mailbox
    }

    func lost(_ failure: DeviceFailure, announce: Bool) {
        board.set(.lost, "\(failure.reason): \(failure.remedy)")
        if announce { post(.lost(reason: failure.reason, remedy: failure.remedy)) }
    }

    func recovered() {
        board.restarts.add(1, ordering: .relaxed)
        board.runAgain()
        post(.recovered)
    }

    private func post(_ event: VideoCaptureEvent) {
        shared.withLock { shared in
            // A picture from before the event must come before it.
            drain(&shared)
            // A reader that sleeps hears of the latest only.
            shared.events.removeFirst(max(shared.events.count - Self.eventLimit + 1, 0))
            shared.events.append(event)
        }
    }

    func read() -> [VideoCaptureEvent] {
        let events = shared.withLock { shared in
            drain(&shared)
            let events = shared.events
            shared.events.removeAll()
            return events
        }
        for case .frame in events { board.delivered.add(1, ordering: .relaxed) }
        return events
    }

    /// Moves what the mailbox holds to the events. The mailbox's reader is whoever has the lock.
    private func drain(_ shared: inout Shared) {
        guard let mailbox = shared.mailbox else { return }
        let frame = mailbox.read()
        let dropped = mailbox.dropped - shared.droppedTold
        shared.droppedTold += dropped
        if dropped > 0 {
            board.dropped.add(dropped, ordering: .relaxed)
            shared.events.append(.dropped(count: dropped))
        }
        if let frame { shared.events.append(.frame(frame)) }
    }
}
