import AudioEncoder
import Checkpoint
import Decoder
import Interleaver
import Media
import Tensors
import Tools
import VisionEncoder

/// One endless stream: what was seen and heard, as rows of one KV cache.
///
/// A value: raw media goes in (`push…`), `step` takes in the next bounded piece and returns what is worth telling,
/// `fork` copies the cache for a question. Nothing in it waits, locks or does I/O.
struct MediaStream: Sendable {
    /// Longer blocks are taken in by pieces of a second, so that no step is long.
    private static let samplesPerStep = AudioBlock.sampleRate

    let model: AgentModel
    private(set) var options: StreamOptions
    /// The configured budgets, or those that the model was made for.
    let eviction: EvictionPolicy
    var cache: DecoderStream
    var ledger = StreamLedger()
    var counters = StreamCounters()
    private(set) var latestFrame: VideoFrame?
    private(set) var lag = 0.0
    /// When something was taken in last, by the live clock.
    private var lastTaken: MediaTime?
    /// How often a device was muted.
    private(set) var mutes = 0

    private var interleaver: Interleaver
    var governor: OverloadGovernor
    private var origin: MediaTime?
    /// The time of the stream: of the live clock, in a replay of the newest thing taken in.
    private var clock: MediaTime?
    private var newestSound: MediaTime?
    private var muted: Set<StreamModality> = []
    /// Where the text that says so lies, of what is muted.
    var notes: [StreamModality: Int64] = [:]
    var gate: AudioGate
    /// What the gate let through and is not taken in yet.
    var pieces: [AudioGate.Piece] = []
    var audioState: AudioEncoder.State?
    var video: VideoIntake?
    /// Tokens in the audio block that is open in the cache; nil: none is.
    var openBlock: Int?
    /// What the encoder's state has heard since it was new, and its tokens.
    var clip: (from: MediaTime, speech: Bool)?
    var tokensInClip = 0
    var samplesInClip = 0
    /// Where the clip begins in the cache, and its rows there, markers included; nil before its first token.
    var clipRows: (start: Int64, count: Int)?
    /// The sound that is going on.
    var sound: (from: MediaTime, speech: Bool)?
    var lastSound = MediaTime.zero
    private var framesSeen = 0
    var system: String
    /// Of its client's functions.
    var declarations: MarkedText
    /// The system prompt, declarations included, and where it lies.
    var prefix: InputRows
    var prefixPositions: Range<Int64>
    /// Where what was taken in begins: the position behind the first system prompt.
    private let firstPosition: Int64
    /// How far the system prompt may lie behind; nil: any distance.
    let reach: Int64?

    /// Builds the stream; the system prefix, which is never evicted, is taken in next: ``takeInPrefix(_:)``.
    init(model: AgentModel, options: StreamOptions) {
        self.model = model
        self.options = options
        eviction = options.eviction ?? EvictionPolicy(model.configuration.stream)
        interleaver = Interleaver(limits: options.interleaver)
        governor = OverloadGovernor(limits: options.governor)
        gate = AudioGate(parameters: options.activity, listening: options.listening)
        cache = model.decoder.makeStream()
        system = options.system.isEmpty ? model.defaultSystem : options.system
        declarations = options.declarations
        prefix = .text(model.format.prefix(system: system, declarations: declarations, thinks: options.thinks))
        prefixPositions = 0..<Int64(prefix.count)
        firstPosition = prefixPositions.upperBound
        reach = model.configuration.reach.map { Int64(max($0, 2 * (options.eviction?.totalRows ?? 0))) }
        video = VideoIntake(model, options)
    }

    /// Takes in the prefix, or the next rows of it: a client's own may be long. Nothing else comes before all of it.
    /// - Returns: whether all of it is there.
    mutating func takeInPrefix(_ most: Int = .max) -> Bool {
        let done = min(Int(cache.nextPosition), prefix.count)
        let end = done + min(most, prefix.count - done)
        model.decoder.ingest(prefix.rows(done..<end), into: &cache)
        return end == prefix.count
    }

    // MARK: Raw media in

    mutating func push(_ block: AudioBlock) {
        guard model.audioEncoder != nil, !muted.contains(.audio) else { return }
        begin(block.start)
        newestSound = block.end
        for start in stride(from: 0, to: block.samples.count, by: Self.samplesPerStep) {
            let part = Array(block.samples[start..<min(start + Self.samplesPerStep, block.samples.count)])
            interleaver.push(AudioBlock(start: block.start + MediaTime(index: start, rate: AudioBlock.sampleRate), samples: part))
        }
    }

    /// Sound is missing; 0 seconds: only that it ended here.
    mutating func pushAudioGap(start: MediaTime, seconds: Double) {
        guard model.audioEncoder != nil, !muted.contains(.audio) else { return }
        begin(start)
        interleaver.pushAudioGap(start: start, seconds: seconds)
    }

    /// The device or the recording stopped: what is heard later does not continue this.
    mutating func endSound() {
        if let end = newestSound { pushAudioGap(start: end, seconds: 0) }
    }

    /// - Returns: how many waiting frames the new one replaced.
    mutating func push(_ frame: VideoFrame) -> Int {
        guard model.visionEncoder != nil, !muted.contains(.video) else { return 0 }
        begin(frame.time)
        framesSeen += 1
        latestFrame = frame
        guard framesSeen % governor.level.frameDivisor == 0 else {
            counters.droppedFrames += 1
            return 1
        }
        let dropped = interleaver.push(frame)
        counters.droppedFrames += dropped
        return dropped
    }

    mutating func noteDroppedFrames(_ count: Int) { counters.droppedFrames += count }

    mutating func setDelivering(_ delivering: Bool, modality: StreamModality) {
        let isTaken = modality == .audio ? model.audioEncoder != nil : model.visionEncoder != nil
        interleaver.setDelivering(delivering && isTaken && !muted.contains(modality), modality: modality)
    }

    /// Mute or shutter: what waits is wiped, the rows of the modality leave the cache, and nothing more of it is taken. The
    /// model is told, and told again when it is over.
    /// - Parameter time: nil for that of the newest thing in the cache.
    mutating func setMuted(_ mute: Bool, _ modality: StreamModality, at time: MediaTime? = nil) {
        guard muted.contains(modality) != mute else { return }
        guard mute else {
            muted.remove(modality)
            notes[modality] = nil
            tell(modality, isOff: false, at: time)
            return
        }
        muted.insert(modality)
        mutes += 1
        interleaver.setDelivering(false, modality: modality)
        interleaver.discard(modality)
        switch modality {
        case .audio:
            audioState = nil
            openBlock = nil
            clipRows = nil
            sound = nil
            clip = nil
            pieces = []
            gate = gate.renewed(parameters: options.activity)
        case .video:
            latestFrame = nil
            video = VideoIntake(model, options)
        case .text:
            break
        }
        remove(ledger.segments.filter { $0.modality == modality })
        tell(modality, isOff: true, at: time)
        evict()
    }

    /// Says in the stream that a device was switched off or on: what cannot be seen is not to be guessed from what was.
    mutating func tell(_ modality: StreamModality, isOff: Bool, at time: MediaTime?) {
        let device: String
        switch modality {
        case .audio: device = model.audioEncoder == nil ? "" : "microphone"
        case .video: device = model.visionEncoder == nil ? "" : "camera"
        case .text: device = ""
        }
        guard !device.isEmpty else { return }
        if let time { begin(time) }
        let time = time ?? ledger.segments.last?.to ?? origin ?? .zero
        closeBlock()
        if isOff { notes[modality] = cache.nextPosition }
        let text = "(\(device) \(isOff ? "off" : "on"))"
        ingest(model.format.note(text, seconds: offset(time), first: isEmpty), modality: .text, from: time, to: time)
    }

    // MARK: One step

    /// Takes in the next item, if one is due.
    /// - Parameter now: the live clock; nil in a replay.
    /// - Returns: nil when nothing is due.
    mutating func step(now: MediaTime?) -> [Event]? {
        var events: [Event] = []
        if let now { clock = now }
        if !pieces.isEmpty {
            takePieces(into: &events)
        } else if let item = interleaver.next(now: now) {
            if now == nil { clock = max(clock ?? item.end, item.end) }
            if let now {
                lastTaken = now
                observeLag(of: item, now: now, into: &events)
            }
            switch item {
            case .audio(let block): take(block, into: &events)
            case .audioGap(let start, let seconds): takeGap(start, seconds, into: &events)
            case .frame(let frame): take(frame, into: &events)
            }
        } else {
            return now.flatMap { rest(now: $0) }
        }
        evict()
        return events
    }

    /// Nothing is due. Where nothing waits and nothing came for a second, nothing is behind, however late the last thing was: the
    /// governor gives back what it took, as it would if it had calm inputs to see.
    private mutating func rest(now: MediaTime) -> [Event]? {
        guard interleaver.isEmpty, let lastTaken, (now - lastTaken).seconds > 1 else { return nil }
        lag = 0
        return governor.observe(lag: 0, now: now.seconds).map { [.loadChanged($0, lag: 0)] }
    }

    private mutating func observeLag(of item: MediaItem, now: MediaTime, into events: inout [Event]) {
        lag = max(0, (now - item.start).seconds)
        counters.maximumLag = max(counters.maximumLag, lag)
        guard let level = governor.observe(lag: lag, now: now.seconds) else { return }
        events.append(.loadChanged(level, lag: lag))
        guard level > .normal else { return }
        let dropped = interleaver.keepNewestFrames(1)
        counters.droppedFrames += dropped
        if dropped > 0 { events.append(.framesDropped(dropped)) }
    }

    private mutating func take(_ block: AudioBlock, into events: inout [Event]) {
        counters.audioSeconds += block.duration
        pieces = gate.push(block)
        takePieces(into: &events)
    }

    private mutating func take(_ frame: VideoFrame, into events: inout [Event]) {
        counters.frames += 1
        guard video != nil else { return }
        let told: VideoIntake.Told?
        do {
            told = try video!.push(frame, budget: softTokenBudget)
        } catch {
            counters.refusedFrames += 1
            events.append(.frameRefused(offset: offset(frame.time), reason: error.description))
            return
        }
        guard let told else {
            counters.unchangedFrames += 1
            ledger.confirm(.video, at: frame.time)
            return
        }
        counters.encodedFrames += 1
        counters.visionWork += told.work
        tell(told, at: frame.time)
        events.append(
            .frameEncoded(
                offset: offset(frame.time), work: told.work, changedTokens: told.changedTokens, tokens: told.gridTokens))
    }

    mutating func tell(_ told: VideoIntake.Told, at time: MediaTime) {
        guard told.tokens.rows > 0 else { return ledger.confirm(.video, at: time) }
        // A frame that falls into an open block of sound closes it in the cache; the encoder's state goes on, so the
        // next tokens of the sound keep their left context.
        closeBlock()
        if told.isWhole { video?.wholeFrame = cache.nextPosition }
        let rows = model.format.frame(told.tokens, seconds: offset(time), first: isEmpty)
        ingest(rows, modality: .video, from: time, to: time)
    }

    /// The configured budget, lowered while the governor brakes; nil leaves it to the model's files.
    private var softTokenBudget: Int? {
        guard governor.level.softTokenShare < 1, let vision = model.visionEncoder else { return options.softTokens }
        let full = options.softTokens ?? vision.configuration.softTokenBudget
        return max(1, Int(Double(full) * governor.level.softTokenShare))
    }

    /// Relative RMS error of the newest sparse frame against a dense pass of it; nil before the first frame.
    func visionError() -> Double? { video?.error() }

    private mutating func begin(_ time: MediaTime) {
        if origin == nil { origin = time }
    }

    /// Seconds of media time since the stream began.
    func offset(_ time: MediaTime) -> Double { max(0, (time - (origin ?? time)).seconds) }

    /// Nothing was taken in yet: what comes first is not separated from the turn's head.
    var isEmpty: Bool { cache.nextPosition == firstPosition }

    /// Seconds of media time now.
    var time: Double { clock.map(offset) ?? 0 }

    /// Takes effect with the next sound.
    mutating func setActivity(_ parameters: ActivityParameters) {
        options.activity = parameters
        guard sound == nil, gate.parameters != parameters else { return }
        gate = gate.renewed(parameters: parameters)
    }

    var level: OverloadGovernor.Level { governor.level }

    /// Rows that no eviction touches.
    var prefixRowCount: Int { prefix.count }

    /// Positions from the system prompt's first row to the newest.
    var span: Int { Int(cache.nextPosition - prefixPositions.lowerBound) }
}
