import Media
import Synchronization

/// Plays the sound of a file as if it were a microphone, in real time or as fast as it is read. Needs no thread: reading is what plays.
package actor AudioFileSource: AudioSource {
    private nonisolated let player: Mutex<AudioFilePlayer?>
    private nonisolated let board: StatusBoard
    private let path: String
    private var options: AudioOptions

    /// - Throws: what is wrong with the file.
    package init(path: String, options: AudioOptions) throws(CaptureError) {
        self.path = path
        self.options = options
        player = Mutex(nil)
        let file = try SoundTrack.open(path: path)
        board = StatusBoard(source: "file:\(path)", detail: file.detail)
    }

    package func start() throws(CaptureError) {
        guard player.withLock({ $0 == nil }) else { return }
        let file = try SoundTrack.open(path: path)
        board.reset()
        board.set(.running, file.detail)
        if options.realtime { options.origin = RecordingStart.origin(options.origin, now: .now()) }
        let new = AudioFilePlayer(file: file, options: options, start: .now())
        // A paced recording that is started again (unmuted) begins again now: media time never goes back.
        if options.realtime { options.origin = nil }
        var holder = Optional(new)
        player.withLock { $0 = holder.take() }
    }

    package func stop() {
        player.withLock { $0 = nil }
        board.set(.stopped)
    }

    package nonisolated func read(maximumSamples: Int) -> [AudioCaptureEvent] {
        guard maximumSamples > 0 else { return [] }
        return player.withLock { player in
            guard player != nil else { return [] }
            let events = player!.read(maximumSamples: maximumSamples, now: .now())
            for event in events {
                switch event {
                case .block(let block): board.delivered.add(block.samples.count, ordering: .relaxed)
                case .gap(_, let seconds, _):
                    board.gaps.add(1, ordering: .relaxed)
                    board.dropped.add(Int((seconds * Double(AudioBlock.sampleRate)).rounded()), ordering: .relaxed)
                case .lost(let reason, let remedy): board.set(.lost, "\(reason): \(remedy)")
                case .ended: board.end()
                case .recovered: break
                }
            }
            return events
        }
    }

    package nonisolated var status: SourceStatus { board.snapshot }
}
