import AudioEncoder
import Checkpoint
import Decoder
import Interleaver
import Media
import Tensors
import VisionEncoder

/// One endless stream: what was seen and heard, as rows of one KV cache.
///
/// A value: raw media goes in (`push…`), `step` takes in the next bounded piece and returns what is worth telling,
/// `fork` copies the cache for a question. Nothing in it waits, locks or does I/O.
struct MediaStream: Sendable {
    /// Sound is cut into clips of 28 s, inside the 30 s the encoder was trained on, or of what the budget holds.
    private static let maximumClipTokens = AudioEncoder.maximumTokensPerBlock - 50
    /// Half a second: what a clip holds however small the budget is.
    private static let minimumClipTokens = 12
    /// Longer blocks are taken in by pieces of a second, so that no step is long.
    private static let samplesPerStep = AudioBlock.sampleRate

    let model: AgentModel
    private(set) var options: StreamOptions
    /// The configured budgets, or those that the model was made for.
    let eviction: EvictionPolicy
    private(set) var cache: DecoderStream
    private(set) var ledger = StreamLedger()
    private(set) var counters = StreamCounters()
    private(set) var latestFrame: VideoFrame?
    private(set) var lag = 0.0
    /// How often a device was muted.
    private(set) var mutes = 0

    private var interleaver: Interleaver
    private var governor: OverloadGovernor
    private var origin: MediaTime?
    /// The time of the stream: of the live clock, in a replay of the newest thing taken in.
    private var clock: MediaTime?
    private var newestSound: MediaTime?
    private var muted: Set<StreamModality> = []
    /// Where the text that says so lies, of what is muted.
    private var notes: [StreamModality: Int64] = [:]
    private var gate: AudioGate
    /// What the gate let through and is not taken in yet.
    private var pieces: [AudioGate.Piece] = []
    private var audioState: AudioEncoder.State?
    private var video: VideoIntake?
    /// Tokens in the audio block that is open in the cache; nil: none is.
    private var openBlock: Int?
    /// What the encoder's state has heard since it was new, and its tokens.
    private var clip: (from: MediaTime, speech: Bool)?
    private var tokensInClip = 0
    private var samplesInClip = 0
    /// Where the clip begins in the cache, and its rows there, markers included; nil before its first token.
    private var clipRows: (start: Int64, count: Int)?
    /// The sound that is going on.
    private var sound: (from: MediaTime, speech: Bool)?
    private var lastSound = MediaTime.zero
    private var framesSeen = 0
    /// The system prompt, and where it lies.
    private let prefix: InputRows
    private var prefixPositions: Range<Int64>
    /// How far the system prompt may lie behind; nil: any distance.
    private let reach: Int64?

    /// Builds the stream and takes in the system prefix, which is never evicted.
    init(model: AgentModel, options: StreamOptions) {
        self.model = model
        self.options = options
        eviction = options.eviction ?? EvictionPolicy(model.configuration.stream)
        interleaver = Interleaver(limits: options.interleaver)
        governor = OverloadGovernor(limits: options.governor)
        gate = AudioGate(parameters: options.activity)
        cache = model.decoder.makeStream()
        let system = options.system.isEmpty ? model.defaultSystem : options.system
        prefix = .text(model.format.prefix(system: system, declarations: options.functions))
        model.decoder.ingest(prefix, into: &cache)
        prefixPositions = 0..<cache.nextPosition
        reach = model.configuration.reach.map { Int64(max($0, 2 * (options.eviction?.totalRows ?? 0))) }
        video = VideoIntake(model, options)
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
            gate = AudioGate(parameters: options.activity)
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
    private mutating func tell(_ modality: StreamModality, isOff: Bool, at time: MediaTime?) {
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
            if let now { observeLag(of: item, now: now, into: &events) }
            switch item {
            case .audio(let block): take(block, into: &events)
            case .audioGap(let start, let seconds): takeGap(start, seconds, into: &events)
            case .frame(let frame): take(frame, into: &events)
            }
        } else {
            return nil
        }
        evict()
        return events
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

    /// Takes in what the gate let through, up to the end of a sound: a fork that is asked about it must find nothing newer.
    private mutating func takePieces(into events: inout [Event]) {
        while !pieces.isEmpty {
            switch pieces.removeFirst() {
            case .began(let speech, let time):
                sound = (time, speech)
                events.append(.soundStarted(speech: speech, offset: offset(time)))
                startClip(at: time, speech: speech)
            case .became(let speech, let time):
                if let sound, sound.speech { events.append(ended(sound, at: time)) }
                if speech { events.append(.soundStarted(speech: true, offset: offset(time))) }
                sound = (time, speech)
                if speech { clip?.speech = true }
            case .samples(let samples, let start):
                let room = samplesToClipEnd
                encode(samples.count > room ? Array(samples[..<room]) : samples, start: start)
                guard samples.count >= room else { continue }
                if samples.count > room {
                    let rest = start.adding(seconds: Double(room) / Double(AudioBlock.sampleRate))
                    pieces.insert(.samples(Array(samples[room...]), start: rest), at: 0)
                }
                closeSound()
                noteClip(at: lastSound, into: &events)
                startClip(at: lastSound, speech: sound?.speech ?? false)
                return
            case .ended(_, let time):
                closeSound()
                finishSound(at: time, into: &events)
                return
            }
        }
    }

    private mutating func finishSound(at time: MediaTime, into events: inout [Event]) {
        if let sound { events.append(ended(sound, at: time)) }
        sound = nil
        noteClip(at: time, into: &events)
    }

    /// A clip without a token leaves nothing to ask about.
    private mutating func noteClip(at end: MediaTime, into events: inout [Event]) {
        if let clip, tokensInClip > 0 { events.append(.heard(speech: clip.speech, from: offset(clip.from), to: offset(end))) }
        clip = nil
    }

    private func ended(_ sound: (from: MediaTime, speech: Bool), at time: MediaTime) -> Event {
        .soundEnded(speech: sound.speech, from: offset(sound.from), to: offset(time))
    }

    private mutating func takeGap(_ start: MediaTime, _ seconds: Double, into events: inout [Event]) {
        closeSound()
        gate = AudioGate(parameters: options.activity)
        finishSound(at: start, into: &events)
        guard seconds > 0 else { return }
        counters.lostAudioSeconds += seconds
        events.append(.audioLost(offset: offset(start), seconds: seconds))
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

    private mutating func tell(_ told: VideoIntake.Told, at time: MediaTime) {
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

    // MARK: Sound

    private mutating func startClip(at time: MediaTime, speech: Bool) {
        lastSound = time
        clip = (time, speech)
        tokensInClip = 0
        samplesInClip = 0
        audioState = model.audioEncoder?.makeState()
    }

    /// How many samples the clip may still take, so that all of it, with the newest frame beside it, stays within the budgets.
    private var samplesToClipEnd: Int {
        let frame = model.visionEncoder.map {
            StreamConfiguration.frameRows(softTokens: options.softTokens ?? $0.configuration.softTokenBudget)
        }
        let budget = min(eviction.audioRows, eviction.totalRows - (frame ?? 0))
        // Beside its tokens: the markers so far (each frame that falls into it brings two), or the first ones with the time;
        // and those of one more frame and of the end.
        let markers = clipRows.map { $0.count - tokensInClip } ?? 10
        let tokens = max(Self.minimumClipTokens, min(Self.maximumClipTokens, budget - markers - 3))
        return max(0, tokens * AudioEncoder.samplesPerToken - samplesInClip)
    }

    private mutating func encode(_ samples: [Float], start: MediaTime) {
        guard let encoder = model.audioEncoder, audioState != nil else { return }
        samplesInClip += samples.count
        audioState!.minimumTokens = governor.level.audioGroup ?? options.audioGroup
        let tokens = encoder.push(samples: samples, into: &audioState!)
        lastSound = start.adding(seconds: Double(samples.count) / Double(AudioBlock.sampleRate))
        append(tokens)
    }

    private mutating func append(_ tokens: Matrix) {
        guard tokens.rows > 0 else { return }
        let from = lastSound.adding(seconds: -Double(tokens.rows * AudioEncoder.samplesPerToken) / Double(AudioBlock.sampleRate))
        var rows = InputRows.text([])
        if openBlock == nil { rows.append(beginOfBlock) }
        rows.append(model.format.audio(tokens))
        let extending = openBlock != nil
        openBlock = (openBlock ?? 0) + tokens.rows
        tokensInClip += tokens.rows
        counters.audioTokens += tokens.rows
        ingestSound(rows, from: from, extending: extending)
    }

    /// What a block of sound begins with: the first one of a clip may have its time.
    private var beginOfBlock: InputRows {
        guard clipRows == nil else { return model.format.openAudio }
        return model.format.openSound(seconds: offset(clip?.from ?? lastSound), first: isEmpty)
    }

    /// Rows of the clip, which is one whole however many frames fall into it.
    private mutating func ingestSound(_ rows: InputRows, from: MediaTime, extending: Bool) {
        let (start, count) = clipRows ?? (cache.nextPosition, 0)
        clipRows = (start, count + rows.count)
        ingest(rows, modality: .audio, from: from, to: lastSound, extending: extending, unit: start)
    }

    private mutating func closeSound() {
        if let encoder = model.audioEncoder, audioState != nil {
            append(encoder.finish(&audioState!))
            audioState = nil
        }
        closeBlock()
        clipRows = nil
    }

    private mutating func closeBlock() {
        guard openBlock != nil else { return }
        openBlock = nil
        ingestSound(model.format.closeAudio, from: lastSound, extending: true)
    }

    // MARK: The cache

    private mutating func ingest(
        _ rows: InputRows, modality: StreamModality, from: MediaTime, to: MediaTime, extending: Bool = false, unit: Int64? = nil
    ) {
        let start = cache.nextPosition
        model.decoder.ingest(rows, into: &cache)
        counters.rows[modality, default: 0] += Int(cache.nextPosition - start)
        ledger.record(
            StreamSegment(modality: modality, from: from, to: to, positions: start..<cache.nextPosition, unit: unit), extending: extending)
    }

    private mutating func evict() {
        let doomed = eviction.overdue(in: ledger)
        if !doomed.isEmpty { forget(doomed) }
        keepPrefixNear()
    }

    /// A model that never saw its system prompt far away gets it moved up to the oldest row. What is farther back than the
    /// budget's rows, such as a sound of an hour ago, goes, or the prompt could not pass it.
    private mutating func keepPrefixNear() {
        guard let reach, cache.nextPosition - prefixPositions.lowerBound > reach else { return }
        let edge = cache.nextPosition - Int64(eviction.totalRows)
        let far = ledger.segments.filter { $0.unit < edge && $0.unit != clipRows?.start }
        if !far.isEmpty { forget(far) }
        let oldest = ledger.segments.first?.positions.lowerBound ?? cache.nextPosition
        let start = oldest - Int64(prefix.count)
        guard start > prefixPositions.lowerBound else { return }
        prefixPositions = model.decoder.movePrefix(prefix, at: prefixPositions, to: start, of: &cache)
    }

    private mutating func forget(_ doomed: [StreamSegment]) {
        let newestFrame = ledger.segments.last { $0.modality == .video }
        counters.evictedRows += doomed.reduce(0) { $0 + $1.rowCount }
        remove(doomed)
        // Whatever the budget, the model goes on knowing what is switched off.
        for (modality, position) in notes where doomed.contains(where: { $0.positions.lowerBound == position }) {
            tell(modality, isOff: true, at: nil)
        }
        // What was told of later frames means nothing without the frame it was told of; and the present is told anew.
        if let whole = video?.wholeFrame, doomed.contains(where: { $0.positions.lowerBound == whole }), let newestFrame,
            newestFrame.positions.lowerBound > whole || !ledger.segments.contains(where: { $0.modality == .video }),
            let told = video?.whole()
        {
            tell(told, at: newestFrame.to)
        }
    }

    private mutating func remove(_ segments: [StreamSegment]) {
        for segment in segments { cache.evict(positions: segment.positions) }
        ledger.remove(segments)
    }

    /// The rows that would close the sound that is still going on.
    func closingRows() -> InputRows {
        var rows = InputRows.text([])
        if let encoder = model.audioEncoder, var state = audioState {
            let tail = encoder.finish(&state)
            if tail.rows > 0 {
                if openBlock == nil { rows.append(beginOfBlock) }
                rows.append(model.format.audio(tail))
            }
            if openBlock != nil || tail.rows > 0 { rows.append(model.format.closeAudio) }
        } else if openBlock != nil {
            rows.append(model.format.closeAudio)
        }
        return rows
    }

    /// Relative RMS error of the newest sparse frame against a dense pass of it; nil before the first frame.
    func visionError() -> Double? { video?.error() }

    private mutating func begin(_ time: MediaTime) {
        if origin == nil { origin = time }
    }

    /// Seconds of media time since the stream began.
    func offset(_ time: MediaTime) -> Double { max(0, (time - (origin ?? time)).seconds) }

    /// Nothing was taken in yet: what comes first is not separated from the turn's head.
    var isEmpty: Bool { cache.nextPosition == Int64(prefix.count) }

    /// Seconds of media time now.
    var time: Double { clock.map(offset) ?? 0 }

    /// Takes effect with the next sound.
    mutating func setActivity(_ parameters: ActivityParameters) {
        options.activity = parameters
        guard sound == nil, gate.parameters != parameters else { return }
        gate = AudioGate(parameters: parameters)
    }

    var level: OverloadGovernor.Level { governor.level }

    /// Rows that no eviction touches.
    var prefixRowCount: Int { prefix.count }

    /// Positions from the system prompt's first row to the newest.
    var span: Int { Int(cache.nextPosition - prefixPositions.lowerBound) }
}
