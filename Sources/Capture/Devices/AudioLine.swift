import Media
import Synchronization

/// What the device thread and the reader share: the ring, and the rare events that do not go through it.
final class AudioLine: Sendable {
    /// Something that happened before sample `position` of the ring.
    private struct Notice {
        enum Kind {
            case opened(rate: Int)
            case lost(DeviceFailure)
            case recovered
        }
        var position: Int
        var kind: Kind
    }

    private struct Reader {
        var assembler = AudioAssembler()
        var buffer = [Float](repeating: 0, count: 4096)
        var rate = AudioBlock.sampleRate
    }

    let ring: SampleRing
    let board: StatusBoard
    let channel: Int?
    private let notices = Mutex<[Notice]>([])
    private let reader = Mutex(Reader())
    private let rate = Atomic<Int>(AudioBlock.sampleRate)
    private let droppedBefore = Atomic<Int>(0)
    private static let noticeLimit = 64

    init(source: String, channel: Int?, ringCapacity: Int) {
        ring = SampleRing(capacity: ringCapacity, marks: 2048)
        board = StatusBoard(source: source, hasThread: true)
        self.channel = channel
    }

    /// Only while no device thread runs.
    func begin() {
        board.reset()
        board.set(.starting, "opening")
        droppedBefore.store(ring.dropped, ordering: .relaxed)
    }

    /// Only while no device thread runs: forgets what was not read.
    func end() {
        reader.withLock { reader in
            ring.erase()
            reader = Reader()
        }
        notices.withLock { $0 = [] }
        board.set(.stopped, "")
    }

    var status: SourceStatus {
        var status = board.snapshot
        let lost = ring.dropped - droppedBefore.load(ordering: .relaxed)
        status.dropped += lost * AudioBlock.sampleRate / max(rate.load(ordering: .relaxed), 1)
        status.clockDrift = reader.withLock { $0.assembler.drift }
        return status
    }

    // MARK: The device thread's side; not in its steady state

    func opened(_ format: PCMFormat) {
        rate.store(format.rate, ordering: .relaxed)
        post(.opened(rate: format.rate))
        board.set(.running, format.description)
    }

    func lost(_ failure: DeviceFailure, announce: Bool) {
        board.set(.lost, "\(failure.reason): \(failure.remedy)")
        if announce { post(.lost(failure)) }
    }

    func recovered() {
        board.restarts.add(1, ordering: .relaxed)
        board.runAgain()
        post(.recovered)
    }

    private func post(_ kind: Notice.Kind) {
        let notice = Notice(position: ring.writePosition, kind: kind)
        notices.withLock { notices in
            if notices.count >= Self.noticeLimit {
                // Nobody reads. What the rate is must stay known; an outage told late is worth less.
                let index = notices.firstIndex { if case .opened = $0.kind { false } else { true } } ?? 0
                notices.remove(at: index)
            }
            notices.append(notice)
        }
    }

    // MARK: The reader's side

    func read(maximumSamples: Int) -> [AudioCaptureEvent] {
        guard maximumSamples > 0 else { return [] }
        return reader.withLock { reader in
            while reader.assembler.queuedSamples < maximumSamples, fill(&reader, wanted: maximumSamples) {}
            let events = reader.assembler.take(maximumSamples: maximumSamples)
            for event in events {
                switch event {
                case .block(let block): board.delivered.add(block.samples.count, ordering: .relaxed)
                case .gap: board.gaps.add(1, ordering: .relaxed)
                case .lost, .recovered, .ended: break
                }
            }
            return events
        }
    }

    /// Moves the next thing from the ring or the notices to the assembler; false when there is none.
    private func fill(_ reader: inout Reader, wanted: Int) -> Bool {
        // The ring first: a notice posted after this has a position that is not below this end.
        let end = ring.writePosition
        let notice = notices.withLock { notices -> Notice? in
            guard let first = notices.first, first.position <= ring.readPosition else { return notices.first }
            return notices.removeFirst()
        }
        var limit = end
        if let notice {
            guard notice.position > ring.readPosition else {
                switch notice.kind {
                case .opened(let rate):
                    reader.rate = rate
                    reader.assembler.opened(rate: rate)
                case .lost(let failure):
                    reader.assembler.gap(lost: 0, cause: .lost)
                    reader.assembler.event(.lost(reason: failure.reason, remedy: failure.remedy))
                case .recovered:
                    reader.assembler.event(.recovered)
                }
                return true
            }
            limit = min(limit, notice.position)
        }
        let missing = wanted - reader.assembler.queuedSamples
        let needed = max(missing * reader.rate / AudioBlock.sampleRate, 1)
        let most = min(limit - ring.readPosition, needed, reader.buffer.count)
        return reader.buffer.withUnsafeMutableBufferPointer { buffer in
            let room = UnsafeMutableBufferPointer(rebasing: buffer[..<most])
            switch ring.read(into: room) {
            case .empty:
                return false
            case .samples(let count):
                reader.assembler.samples(UnsafeBufferPointer(rebasing: buffer[..<count]))
            case .time(let time):
                reader.assembler.time(time)
            case .gap(let lost, let cause):
                reader.assembler.gap(lost: lost, cause: cause)
            }
            return true
        }
    }
}
