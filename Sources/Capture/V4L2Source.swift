import Media
import Synchronization

/// Watches a V4L2 camera: a thread takes every frame, the newest one waits for the reader.
package actor V4L2Source: VideoSource {
    private nonisolated let line: VideoLine
    private let makeHandle: @Sendable () -> any CameraHandle
    private let options: VideoOptions
    private let path: String
    private let stall: Double
    private var thread: DeviceThread?

    package init(path: String, options: VideoOptions) {
        self.init(path: path, options: options) { V4L2Handle(path: path) }
    }

    /// - Parameters:
    ///   - stall: without a picture for so many seconds, the camera is taken for lost.
    ///   - makeHandle: called on the device thread.
    package init(
        path: String, options: VideoOptions, stall: Double = 3, makeHandle: @escaping @Sendable () -> any CameraHandle
    ) {
        self.path = path
        self.stall = stall
        self.options = options
        self.makeHandle = makeHandle
        line = VideoLine(source: "v4l2:\(path)")
    }

    package func start() throws(CaptureError) {
        guard thread == nil else { return }
        line.begin()
        let (line, options, stall, makeHandle) = (line, options, stall, makeHandle)
        do throws(CaptureError) {
            thread = try DeviceThread(name: "camera", realtime: false) { signal in
                V4L2Loop(line: line, options: options, handle: makeHandle(), signal: signal, stall: stall).run()
            }
        } catch {
            line.end()
            throw error
        }
    }

    package func stop() {
        guard let thread else { return }
        thread.stop()
        self.thread = nil
        line.end()
    }

    package nonisolated func read() -> [VideoCaptureEvent] { line.read() }

    package nonisolated var status: SourceStatus { line.board.snapshot }
}

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
        board = StatusBoard(source: source)
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
        post(.recovered)
    }

    private func post(_ event: VideoCaptureEvent) {
        shared.withLock { shared in
            // A reader that sleeps hears of the latest only.
            if shared.events.count >= Self.eventLimit { shared.events.removeFirst() }
            shared.events.append(event)
        }
    }

    func read() -> [VideoCaptureEvent] {
        shared.withLock { shared in
            var events = shared.events
            shared.events.removeAll()
            guard let mailbox = shared.mailbox else { return events }
            let frame = mailbox.read()
            let dropped = mailbox.dropped - shared.droppedTold
            shared.droppedTold += dropped
            if dropped > 0 {
                board.dropped.add(dropped, ordering: .relaxed)
                events.append(.dropped(count: dropped))
            }
            if let frame {
                board.delivered.add(1, ordering: .relaxed)
                events.append(.frame(frame))
            }
            return events
        }
    }
}
