import AgentProtocol
import Capture
import Foundation
import Interleaver
import Logging
import Media
import Session
import Synchronization
import Tensors

/// Carries what the devices capture to the engine, and tells how the devices are.
///
/// One loop, on the cooperative pool: it only moves values; the devices' threads capture and the engine's thread computes.
final class MediaPump: Sendable {
    /// At most this much sound at once, so that a backlog does not hold up the frames behind it.
    private static let audioChunk = 16_000
    /// How long the loop sleeps when nothing is due: half of an ALSA period.
    private static let idle = Duration.milliseconds(10)
    /// How often the devices' threads are looked at.
    private static let look = Duration.seconds(1)
    /// Media items taken in between two looks at the devices.
    private static let stepsPerRound = 8

    let audio: any AudioSource
    let video: any VideoSource
    private let engine: AgentEngine
    private let manager: ServiceManager
    private let log: Logger
    /// A replay as fast as possible has no clock: items are ordered by their own times alone.
    private let isLive: Bool
    private let state: StateStore
    private let muted: Mutex<Set<AgentProtocol.Modality>>
    /// The newest change of what is muted; the next one waits for it.
    private let transitions = Mutex<Task<Void, any Error>?>(nil)
    private let balance: Mutex<ReplayBalance>

    /// - Parameter state: what is muted in it stays closed.
    init(
        audio: any AudioSource, video: any VideoSource, engine: AgentEngine, isLive: Bool, state: StateStore, manager: ServiceManager,
        log: Logger
    ) {
        self.state = state
        muted = Mutex(state.mutedSenses())
        balance = Mutex(ReplayBalance(hasSound: audio.status.source != "none", hasPictures: video.status.source != "none"))
        self.audio = audio
        self.video = video
        self.engine = engine
        self.isLive = isLive
        self.manager = manager
        self.log = log
    }

    /// Opens what is not muted; the model is told of what is.
    /// - Throws: what a recording that cannot be read throws.
    func open() async throws {
        if let problem = state.problem { log.error("\(problem)") }
        for modality in muted.withLock({ $0 }).sorted(by: { $0.rawValue < $1.rawValue }) {
            await engine.setMuted(true, modality.stream, at: nil)
            balance.withLock { modality == .microphone ? $0.endSound() : $0.endPictures() }
            log.notice("\(modality.rawValue) stays muted", metadata: ["modality": "\(modality.rawValue)"])
        }
        if !isMuted(.microphone) { try await audio.start() }
        if !isMuted(.camera) { try await video.start() }
    }

    /// Runs until the task is cancelled.
    func run() async {
        var nextSign = ContinuousClock.now
        var nextLook = ContinuousClock.now
        var vitals = Vitals()
        var stuck: [String] = []
        var report = ServiceReport()
        var heap = HeapPolicy()
        while !Task.isCancelled {
            var busy = false
            // A live stream reads whatever has come; a replay whichever recording is behind, which is its backpressure.
            let (wantsSound, wantsPictures) = balance.withLock { (isLive || $0.wantsSound, isLive || $0.wantsPictures) }
            if wantsSound {
                for event in audio.read(maximumSamples: Self.audioChunk) { await handle(event); busy = true }
            }
            if wantsPictures {
                for event in video.read() { await handle(event); busy = true }
            }
            for _ in 0..<(isLive ? Self.stepsPerRound : .max) {
                guard await engine.step(now: isLive ? .now() : nil) else { break }
                busy = true
            }
            let now = ContinuousClock.now
            if now >= nextLook {
                nextLook = now + Self.look
                vitals.observe("microphone", audio.status, now: now)
                vitals.observe("camera", video.status, now: now)
                let before = stuck
                stuck = vitals.stuck(now: now)
                for name in stuck where !before.contains(name) {
                    log.critical("the \(name)'s thread hangs in its driver; the watchdog will start the daemon anew")
                }
                await engine.tellTroubles()
                if let free = Allocation.freeBytes, heap.observe(free: free, now: now) {
                    Allocation.forgetFreed()
                    log.debug(
                        "memory of a load that is over was given back",
                        metadata: ["free": "\(free >> 20) MiB", "took": "\((ContinuousClock.now - now).figure)"])
                }
                if let status = await engine.status(),
                    let text = report.text(engine.model.name, status, audio.status, video.status, now: now)
                {
                    manager.status(text)
                }
            }
            // A sign of life after completed work, not by a timer: an engine that hangs holds this loop up at its next step, a
            // device's thread that hangs ends the signs.
            if let interval = manager.watchdogInterval, now >= nextSign, stuck.isEmpty {
                manager.alive()
                nextSign = now + interval / 2
            }
            if !busy { try? await Task.sleep(for: Self.idle) }
        }
    }

    // MARK: Mute

    func isMuted(_ modality: AgentProtocol.Modality) -> Bool { muted.withLock { $0.contains(modality) } }

    /// Closes the device and forgets what it gave, or opens it again. Changes follow one another, whoever asks for them.
    func setMuted(_ mute: Bool, _ modality: AgentProtocol.Modality) async throws {
        let change = transitions.withLock { previous in
            let change = Task { [previous] in
                _ = await previous?.result
                try await self.change(to: mute, modality)
            }
            previous = change
            return change
        }
        try await change.value
    }

    private func change(to mute: Bool, _ modality: AgentProtocol.Modality) async throws {
        guard isMuted(modality) != mute else { return }
        let stream = modality.stream
        if mute {
            muted.withLock { _ = $0.insert(modality) }
            await engine.setMuted(true, stream, at: isLive ? .now() : nil)
            if modality == .microphone { await audio.stop() } else { await video.stop() }
            balance.withLock { modality == .microphone ? $0.endSound() : $0.endPictures() }
            // What was freed on the way, copies of pictures and sound, still stands in the heap.
            Allocation.forgetFreed()
        } else {
            await engine.setMuted(false, stream, at: isLive ? .now() : nil)
            do {
                if modality == .microphone { try await audio.start() } else { try await video.start() }
            } catch {
                // The model has been told that it is open: it stays muted everywhere.
                await engine.setMuted(true, stream, at: isLive ? .now() : nil)
                throw error
            }
            balance.withLock { balance in
                switch modality {
                case .microphone: if audio.status.source != "none" { balance.beginSound() }
                case .camera: if video.status.source != "none" { balance.beginPictures() }
                }
            }
            muted.withLock { _ = $0.remove(modality) }
        }
        await remember()
        log.notice("\(modality.rawValue) \(mute ? "muted" : "unmuted")", metadata: ["modality": "\(modality.rawValue)"])
        await engine.publish(.device(report(modality)), source: modality.rawValue)
    }

    /// What is muted is muted whether it can be written down or not.
    private func remember() async {
        do throws(StateError) {
            try state.remember(muted: muted.withLock { $0 })
        } catch {
            log.error("\(error)")
            await engine.publish(.health(Health(component: "state", state: .degraded, message: "\(error)")), source: "state")
        }
    }

    func report(_ modality: AgentProtocol.Modality) -> DeviceReport {
        let status = modality == .microphone ? audio.status : video.status
        let running: DeviceReport.State =
            switch status.state {
            case .stopped: .stopped
            case .starting: .starting
            case .running: .running
            case .lost: .lost
            case .ended: .ended
            }
        var counters = [
            "delivered": status.delivered, "dropped": status.dropped, "overruns": status.overruns, "suspends": status.suspends,
            "gaps": status.gaps, "restarts": status.restarts, "damaged": status.damaged, "warnings": status.warnings,
        ]
        if let drift = status.clockDrift { counters["clockDriftPartsPerBillion"] = Int((drift * 1e9).rounded()) }
        return DeviceReport(
            modality: modality, source: status.source, state: isMuted(modality) ? .muted : running, detail: status.detail,
            counters: counters.mapValues(Int64.init))
    }

    // MARK: Events

    private func handle(_ event: AudioCaptureEvent) async {
        guard !isMuted(.microphone) else { return }
        switch event {
        case .block(let block):
            balance.withLock { $0.soundReached(block.end) }
            await engine.setDelivering(true, .audio)
            await engine.push(block)
        case .gap(let start, let seconds, let reason):
            log.warning("\(Duration.seconds(seconds).figure) of sound were lost: \(reason)", metadata: ["modality": "mic"])
            await engine.pushAudioGap(start: start, seconds: seconds)
        case .lost(let reason, let remedy):
            await lost(.microphone, .audio, reason, remedy)
        case .recovered:
            await recovered(.microphone)
        case .ended:
            await ended(.microphone, .audio)
        }
    }

    private func handle(_ event: VideoCaptureEvent) async {
        guard !isMuted(.camera) else { return }
        switch event {
        case .frame(let frame):
            balance.withLock { $0.picturesReached(frame.time) }
            await engine.setDelivering(true, .video)
            await engine.push(frame)
        case .dropped(let count):
            await engine.noteDroppedFrames(count)
        case .damaged(let count, let reason, let remedy):
            await damaged(count, reason, remedy)
        case .lost(let reason, let remedy):
            await lost(.camera, .video, reason, remedy)
        case .recovered:
            await recovered(.camera)
        case .ended:
            await ended(.camera, .video)
        }
    }

    /// Told of the first alone: `devices`, `status` and the metrics count the others.
    private func damaged(_ count: Int, _ reason: String, _ remedy: String) async {
        guard video.status.damaged == count else { return }
        let message = "a picture of the recording cannot be read and is passed over, as others will be: \(reason); \(remedy)"
        log.warning("\(message)", metadata: ["modality": "camera"])
        await engine.publish(.health(Health(component: "camera", state: .degraded, message: message)), source: "camera")
    }

    private func lost(_ modality: AgentProtocol.Modality, _ stream: StreamModality, _ reason: String, _ remedy: String) async {
        log.warning("\(modality.rawValue) lost: \(reason); \(remedy)", metadata: ["modality": "\(modality.rawValue)"])
        await engine.setDelivering(false, stream)
        if stream == .audio { await engine.endSound() }
        await engine.publish(.device(report(modality)), source: modality.rawValue)
    }

    private func recovered(_ modality: AgentProtocol.Modality) async {
        log.notice("\(modality.rawValue) is back", metadata: ["modality": "\(modality.rawValue)"])
        await engine.publish(.device(report(modality)), source: modality.rawValue)
    }

    private func ended(_ modality: AgentProtocol.Modality, _ stream: StreamModality) async {
        balance.withLock { modality == .microphone ? $0.endSound() : $0.endPictures() }
        log.info("\(modality.rawValue): the recording is over", metadata: ["modality": "\(modality.rawValue)"])
        await engine.setDelivering(false, stream)
        if stream == .audio { await engine.endSound() }
        await engine.publish(.device(report(modality)), source: modality.rawValue)
    }
}

extension AgentProtocol.Modality {
    fileprivate var stream: StreamModality { self == .microphone ? .audio : .video }
}
