import AudioEncoder
import Checkpoint
import Decoder
import Interleaver
import Media
import Tensors
import VisionEncoder

/// How sound gets into the stream: what the gate lets through is encoded clip by clip, and each clip is one whole of the ledger.
extension MediaStream {
    /// Sound is cut into clips of 28 s, inside the 30 s the encoder was trained on, or of what the budget holds.
    private static let maximumClipTokens = AudioEncoder.maximumTokensPerBlock - 50
    /// Half a second: what a clip holds however small the budget is.
    private static let minimumClipTokens = 12

    /// The clip of speech that is going on, in seconds of media time; nil while nobody speaks.
    var speechUnderWay: (from: Double, to: Double)? {
        guard let clip, clip.speech, tokensInClip > 0 else { return nil }
        return (offset(clip.from), offset(lastSound))
    }

    /// The client begins to speak: the sound that comes now is its turn's.
    mutating func openActivity() { pieces += gate.open() }

    /// The client has spoken; the steps that follow close the sound.
    mutating func closeActivity() { pieces += gate.close() }

    /// Takes in what the gate let through, up to the end of a sound: a fork that is asked about it must find nothing newer.
    mutating func takePieces(into events: inout [Event]) {
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

    mutating func takeGap(_ start: MediaTime, _ seconds: Double, into events: inout [Event]) {
        closeSound()
        gate = gate.renewed(parameters: options.activity)
        finishSound(at: start, into: &events)
        guard seconds > 0 else { return }
        counters.lostAudioSeconds += seconds
        events.append(.audioLost(offset: offset(start), seconds: seconds))
    }

    mutating func startClip(at time: MediaTime, speech: Bool) {
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

    mutating func closeSound() {
        if let encoder = model.audioEncoder, audioState != nil {
            append(encoder.finish(&audioState!))
            audioState = nil
        }
        closeBlock()
        clipRows = nil
    }

    mutating func closeBlock() {
        guard openBlock != nil else { return }
        openBlock = nil
        ingestSound(model.format.closeAudio, from: lastSound, extending: true)
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
}
