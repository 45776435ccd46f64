import AgentProtocol
import ImageFiles
import Interleaver
import Media
package import Session
import Synchronization

/// Plays a recording to an engine as fast as it takes it in, frames and sound in the order of media time, on the way of the
/// daemon: its options, its gate, its evictions, its transcripts, notices and watches, and clients that get what clients get.
package final class StreamReplay: StreamHost {
    /// A tenth of a second, as microphones deliver.
    private static let block = 0.1
    private static let follower = ClientContext.ID(2)
    private static let firstWatch: UInt64 = 100

    private let recording: StreamSet.Recording
    private let engine: AgentEngine
    private let replay: Replay
    private let log: ReplayLog
    private var sound: StreamSound
    /// Seconds that were taken in.
    private var reached = 0.0
    private var nextFrame = 0
    private var picture: (name: String, image: RGBImage)?
    private var muted: Set<StreamTruth.Mute.Device> = []
    private var frameMilliseconds: [Double] = []

    package init(recording: StreamSet.Recording, model: AgentModel, options: StreamOptions, thread: EngineThread) async throws {
        self.recording = recording
        sound = StreamSound(recording.sound)
        engine = AgentEngine(model: model, options: options, thread: thread)
        replay = Replay(engine: engine)
        log = ReplayLog()
        try await replay.connect()
        try await join(Self.follower, sink: log.sink(instruction: nil), instruction: nil)
    }

    package var notes: [StreamNote] { log.notes }

    // MARK: Media

    package func advance(to seconds: Double) async throws {
        let end = min(seconds, recording.truth.seconds)
        while true {
            let frame = nextFrame < recording.truth.frames.count ? recording.truth.frames[nextFrame] : nil
            if let frame, frame.time <= end {
                try await hear(until: frame.time)
                try await show(frame)
                nextFrame += 1
            } else {
                return try await hear(until: end)
            }
        }
    }

    private func hear(until end: Double) async throws {
        while reached < end {
            let to = min(end, reached + Self.block)
            let samples = try sound.samples(from: reached, to: to)
            log.now = to
            if !muted.contains(.microphone), !samples.isEmpty {
                await engine.push(AudioBlock(start: MediaTime(seconds: reached), samples: samples))
                await engine.settle()
            }
            reached = to
        }
    }

    private func show(_ frame: StreamTruth.Frame) async throws {
        guard !muted.contains(.camera) else { return }
        log.now = frame.time
        let before = await engine.status()?.counters.encodedFrames
        await engine.push(VideoFrame(time: MediaTime(seconds: frame.time), image: try image(frame.image), sequence: nextFrame))
        let took = await engine.settle()
        if await engine.status()?.counters.encodedFrames != before { frameMilliseconds.append(took.inSeconds * 1000) }
    }

    private func image(_ name: String) throws -> RGBImage {
        if let picture, picture.name == name { return picture.image }
        let image = try ImageFiles.read(path: recording.file(name))
        picture = (name, image)
        return image
    }

    package func setMuted(_ mute: Bool, _ device: StreamTruth.Mute.Device) async throws {
        if mute { muted.insert(device) } else { muted.remove(device) }
        await engine.setMuted(mute, device == .camera ? .video : .audio, at: MediaTime(seconds: reached))
    }

    package func finish() async throws -> StreamCost {
        try await advance(to: recording.truth.seconds)
        await engine.endSound()
        await engine.settle()
        var cost = StreamCost()
        cost.frameMilliseconds = frameMilliseconds
        if let counters = await engine.status()?.counters, counters.encodedFrames > 0 {
            cost.visionWork = counters.visionWork / Double(counters.encodedFrames)
        }
        return cost
    }

    // MARK: Clients

    package func ask(_ question: String, after: [StreamTruth.Turn]) async throws -> StreamAnswer {
        let answer = try await replay.askAlone(question, after: after.map { ($0.question, $0.answer) })
        return StreamAnswer(text: answer.text, firstToken: answer.firstToken)
    }

    package func askAfresh(_ question: String, _ glimpse: Glimpse) async throws -> StreamAnswer {
        await replay.disconnect()
        let session = try await replay.connect(to: nil)
        switch glimpse {
        case .frame(let path):
            let image = try ImageFiles.read(path: path)
            await engine.push(VideoFrame(time: MediaTime(seconds: reached), image: image, sequence: 0), to: session)
        case .sound(let span):
            let samples = try sound.samples(of: span)
            await engine.push(AudioBlock(start: MediaTime(seconds: span.from), samples: samples), to: session)
        }
        await engine.settle(session: session)
        let answer = try await replay.ask(question)
        return StreamAnswer(text: answer.text, firstToken: answer.firstToken)
    }

    package func follow(_ instruction: String, number: Int) async throws {
        try await join(watch(number), sink: log.sink(instruction: number), instruction: instruction)
    }

    package func unfollow(number: Int) async throws { await engine.disconnect(watch(number)) }

    private func watch(_ number: Int) -> ClientContext.ID { ClientContext.ID(Self.firstWatch + UInt64(number)) }

    private func join(_ client: ClientContext.ID, sink: any EventSink, instruction: String?) async throws {
        var setup = Setup()
        setup.attach = AgentEngine.mainSession
        setup.subscribe = Set(Topic.allCases)
        setup.isProactive = instruction != nil
        setup.systemInstruction = instruction.map { .text($0) }
        _ = try await engine.connect(client, setup: setup, sink: sink, server: "mmagent-model", features: [])
    }
}

/// What the clients of a replay were told, in the form in which it goes over the socket.
private final class ReplayLog: Sendable {
    private struct State {
        var now = 0.0
        var listeners: [Int?: StreamListener] = [:]
    }

    private struct Sink: EventSink {
        let log: ReplayLog
        let instruction: Int?

        func send(_ message: OutboundMessage) { log.receive(message, instruction) }
        func close(_ error: StatusError?) {}
    }

    private let state = Mutex(State())

    /// Seconds that were played.
    var now: Double {
        get { state.withLock { $0.now } }
        set { state.withLock { $0.now = newValue } }
    }

    var notes: [StreamNote] { state.withLock { state in state.listeners.values.flatMap(\.notes) } }

    func sink(instruction: Int?) -> any EventSink {
        state.withLock { $0.listeners[instruction] = StreamListener(instruction: instruction) }
        return Sink(log: self, instruction: instruction)
    }

    private func receive(_ message: OutboundMessage, _ instruction: Int?) {
        guard let received = try? ReceivedMessage(message.bytes) else { return }
        state.withLock { $0.listeners[instruction]?.receive(received, at: $0.now, origin: 0) }
    }
}
