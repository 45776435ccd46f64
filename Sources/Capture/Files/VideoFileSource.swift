import Media
import Synchronization

/// Plays a film or a folder of pictures as if it were a camera, in real time or a frame a read. Needs no thread: a frame is
/// decoded by the call that reads it.
package actor VideoFileSource: VideoSource {
    private nonisolated let player: Mutex<VideoFilePlayer?>
    private nonisolated let board: StatusBoard
    private nonisolated let detail: String
    private let path: String
    private var options: VideoOptions

    /// - Throws: what is wrong with the file or folder.
    package init(path: String, options: VideoOptions) throws(CaptureError) {
        self.path = path
        self.options = options
        player = Mutex(nil)
        let film = try Film.open(path: path, fps: options.fps)
        detail = film.detail
        board = StatusBoard(source: "file:\(path)", detail: detail)
    }

    package func start() throws(CaptureError) {
        guard player.withLock({ $0 == nil }) else { return }
        let film = try Film.open(path: path, fps: options.fps)
        board.reset()
        board.set(.running, film.detail)
        if options.realtime { options.origin = RecordingStart.origin(options.origin, now: .now()) }
        let new = VideoFilePlayer(film: film, options: options, start: .now())
        // A paced recording that is started again (unmuted) begins again now: media time never goes back.
        if options.realtime { options.origin = nil }
        var holder = Optional(new)
        player.withLock { $0 = holder.take() }
    }

    package func stop() {
        player.withLock { $0 = nil }
        board.set(.stopped)
    }

    package nonisolated func read() -> [VideoCaptureEvent] {
        player.withLock { player in
            guard player != nil else { return [] }
            let events = player!.read(now: .now())
            for event in events {
                switch event {
                case .frame: board.delivered.add(1, ordering: .relaxed)
                case .dropped(let count): board.dropped.add(count, ordering: .relaxed)
                case .damaged(let count, _, _): board.damaged.add(count, ordering: .relaxed)
                case .lost(let reason, let remedy): board.set(.lost, "\(reason): \(remedy)")
                case .ended: board.end()
                case .recovered: board.runAgain()
                }
            }
            board.warnings.add(player!.takeWarnings(), ordering: .relaxed)
            return events
        }
    }

    package nonisolated var status: SourceStatus { board.snapshot }
}
