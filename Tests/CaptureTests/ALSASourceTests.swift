import Capture
import Foundation
import Media
import Synchronization
import Testing

/// A microphone that does what a script says; it stands for the device handle, the rest is real.
private final class FakePCM: PCMHandle, Sendable {
    enum Step: Sendable {
        case open(rate: Int, channels: Int)
        case openFails(DeviceFailure)
        /// So many frames whose value is 0.25, the first captured at `time`.
        case frames(Int, time: Double)
        case error(Int32)
        case recoverFails(Int32)
        /// Ready, but nothing to read.
        case empty
        /// Nothing until `release`.
        case hold
    }

    private struct State {
        var steps: [Step]
        var format = PCMFormat(encoding: .s16, rate: 16_000, channels: 1)
        var rest = 0
        var opens = 0
        var isOpen = false
        var recoveries = 0
        var time = 0.0
    }

    private let state: Mutex<State>

    init(_ steps: [Step]) {
        state = Mutex(State(steps: steps))
    }

    let switchIsOff = Atomic<Bool>(false)
    func switchedOff() -> String? { switchIsOff.load(ordering: .relaxed) ? "turn the key" : nil }
    var opens: Int { state.withLock { $0.opens } }
    var recoveries: Int { state.withLock { $0.recoveries } }
    var isOpen: Bool { state.withLock { $0.isOpen } }
    func release() { state.withLock { if case .hold = $0.steps.first { $0.steps.removeFirst() } } }
    var isHeld: Bool { state.withLock { if case .hold = $0.steps.first { true } else { false } } }
    var isDone: Bool { state.withLock { $0.steps.isEmpty } }

    func open() throws(DeviceFailure) -> PCMFormat {
        let result = state.withLock { state -> Result<PCMFormat, DeviceFailure> in
            state.opens += 1
            switch state.steps.first {
            case .open(let rate, let channels):
                state.steps.removeFirst()
                state.isOpen = true
                state.format = PCMFormat(encoding: .s16, rate: rate, channels: channels)
                return .success(state.format)
            case .openFails(let failure):
                state.steps.removeFirst()
                return .failure(failure)
            default:
                return .failure(DeviceFailure(reason: "the script is over", remedy: "none"))
            }
        }
        return try result.get()
    }

    func wait(stop: Int32, milliseconds: Int32) -> PCMWait {
        if isDone || isHeld {
            usleep(1000)
            return .timeout
        }
        return .ready
    }

    func captureTime() -> MediaTime {
        state.withLock { state in
            if case .frames(_, let time) = state.steps.first { state.time = time }
            return MediaTime(seconds: state.time)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, frames: Int) -> Int {
        state.withLock { state in
            switch state.steps.first {
            case .frames(let count, let time):
                let taken = min(count, frames)
                for index in 0..<taken * state.format.channels {
                    buffer.storeBytes(of: Int16(8192).littleEndian, toByteOffset: 2 * index, as: Int16.self)
                }
                let next = time + Double(taken) / Double(state.format.rate)
                if taken == count { state.steps.removeFirst() } else { state.steps[0] = .frames(count - taken, time: next) }
                return taken
            case .error(let code):
                state.steps.removeFirst()
                return -Int(code)
            case .empty:
                state.steps.removeFirst()
                return 0
            default:
                return -Int(ENODEV)
            }
        }
    }

    func recover(from code: Int) -> Int {
        state.withLock { state in
            state.recoveries += 1
            guard case .recoverFails(let code) = state.steps.first else { return 0 }
            state.steps.removeFirst()
            return -Int(code)
        }
    }

    func close() { state.withLock { $0.isOpen = false } }
}

@Suite struct ALSASourceTests {
    @Test func whatAMicrophoneGivesThatIsSwitchedOffIsNothingHeard() async throws {
        let fake = FakePCM([.open(rate: 16_000, channels: 1), .frames(320, time: 100), .hold, .frames(3_200, time: 101.5), .hold])
        fake.switchIsOff.store(true, ordering: .relaxed)
        let source = ALSASource(device: "fake", options: AudioOptions(), stall: .infinity) { fake }
        try await source.start()
        #expect(await eventually { source.status.state == .lost })
        #expect(source.status.detail.contains("switched off") && source.status.detail.contains("turn the key"))
        fake.switchIsOff.store(false, ordering: .relaxed)
        // The switch is looked at once a second.
        try await Task.sleep(for: .milliseconds(1_100))
        fake.release()
        var events: [AudioCaptureEvent] = []
        #expect(
            await eventually {
                events += source.read(maximumSamples: 16_000)
                return events.contains(.recovered) && events.contains { if case .block = $0 { true } else { false } }
            })
        #expect(source.status.state == .running && fake.opens == 1)
        await source.stop()
    }

    private func run(_ steps: [FakePCM.Step], until: (FakePCM, ALSASource) -> Bool = { fake, _ in fake.isDone }) async throws
        -> (events: [AudioCaptureEvent], status: SourceStatus, fake: FakePCM)
    {
        let fake = FakePCM(steps)
        let source = ALSASource(device: "fake", options: AudioOptions(), stall: .infinity) { fake }
        try await source.start()
        var events: [AudioCaptureEvent] = []
        let done = await eventually {
            events += source.read(maximumSamples: 100_000)
            return until(fake, source)
        }
        #expect(done)
        events += source.read(maximumSamples: 1_000_000)
        let status = source.status
        await source.stop()
        #expect(!fake.isOpen)
        #expect(source.status.state == .stopped)
        #expect(source.read(maximumSamples: 100).isEmpty)
        return (merged(events), status, fake)
    }

    /// Joins blocks that touch: where reads cut is chance.
    private func merged(_ events: [AudioCaptureEvent]) -> [AudioCaptureEvent] {
        events.reduce(into: []) { result, event in
            if case .block(let block) = event, case .block(var last)? = result.last {
                last.samples += block.samples
                result[result.count - 1] = .block(last)
            } else {
                result.append(event)
            }
        }
    }

    private func summary(_ event: AudioCaptureEvent) -> String {
        if case .block(let block) = event { "\(block.samples.count) samples" } else { "\(event)" }
    }

    private func seconds(_ event: AudioCaptureEvent) -> Double? {
        if case .block(let block) = event { block.duration } else { nil }
    }

    @Test func soundArrivesWithItsTime() async throws {
        let (events, status, fake) = try await run([.open(rate: 16_000, channels: 2), .frames(16_000, time: 40)])
        #expect(events.count == 1)
        guard case .block(let block) = events[0] else {
            Issue.record("\(events.map(summary))")
            return
        }
        #expect(block.start == MediaTime(seconds: 40))
        #expect(block.samples == [Float](repeating: 0.25, count: 16_000))
        #expect(status.state == .running)
        #expect(status.detail == "16000 Hz, 2 channels, s16")
        #expect(status.delivered == 16_000)
        #expect(fake.opens == 1)
    }

    @Test func overrunsAndSuspendsAreRecoveredCountedAndShown() async throws {
        let (events, status, fake) = try await run([
            .open(rate: 16_000, channels: 1), .frames(1600, time: 10), .error(EPIPE), .frames(1600, time: 10.4), .error(ESTRPIPE),
            .recoverFails(EAGAIN), .empty, .error(EAGAIN), .error(EINTR), .frames(1600, time: 15.5),
        ])
        #expect(status.overruns == 1)
        #expect(status.suspends == 1)
        #expect(status.gaps == 2)
        #expect(status.restarts == 0)
        #expect(fake.recoveries == 3)  // the second suspend's hardware was not awake at first
        #expect(events.count == 5)
        for (event, cause, start, length) in [(events[1], GapCause.overrun, 10.1, 0.3), (events[3], .suspend, 10.5, 5)] {
            guard case .gap(let at, let seconds, let reason) = event else {
                Issue.record("\(event)")
                return
            }
            #expect(abs(at.seconds - start) < 1e-6)
            #expect(abs(seconds - length) < 1e-6)
            #expect(reason == cause.description)
        }
        #expect([events[0], events[2], events[4]].compactMap(seconds) == [0.1, 0.1, 0.1])
    }

    @Test func aMissingDeviceIsToldOnceAndRetried() async throws {
        let missing = DeviceFailure(code: ENOENT, device: "alsa:fake", group: "audio", action: "open")
        let (events, status, fake) = try await run([
            .openFails(missing), .openFails(missing), .open(rate: 16_000, channels: 1), .frames(160, time: 1),
        ])
        #expect(fake.opens == 3)
        #expect(events.count == 3)
        #expect(events[0] == .lost(reason: missing.reason, remedy: missing.remedy))
        #expect(events[1] == .recovered)
        #expect(seconds(events[2]) == 0.01)
        #expect(status.state == .running)
        #expect(status.restarts == 1)
    }

    @Test func unpluggedInTheMiddleItComesBackWithAGapAndAnotherRate() async throws {
        let (events, status, _) = try await run([
            .open(rate: 16_000, channels: 1), .frames(1600, time: 20), .error(ENODEV), .open(rate: 48_000, channels: 2),
            .frames(48_000, time: 22.1),
        ])
        #expect(status.restarts == 1)
        #expect(status.detail == "48000 Hz, 2 channels, s16")
        guard events.count == 5, case .lost(let reason, let remedy) = events[1], case .gap(let start, let length, let cause) = events[3]
        else {
            Issue.record("\(events.map(summary))")
            return
        }
        #expect(seconds(events[0]) == 0.1)
        #expect(reason.contains("the device is gone"))
        #expect(remedy.contains("connect it again"))
        #expect(events[2] == .recovered)
        #expect(abs(start.seconds - 20.1) < 1e-6)
        #expect(abs(length - 2) < 1e-6)
        #expect(cause == GapCause.lost.description)
        #expect(abs((seconds(events[4]) ?? 0) - 1) < 0.01)
    }

    @Test func aDeviceThatCannotRecoverIsOpenedAnew() async throws {
        let (events, status, fake) = try await run([
            .open(rate: 16_000, channels: 1), .frames(160, time: 1), .error(EPIPE), .recoverFails(EIO), .open(rate: 16_000, channels: 1),
            .frames(160, time: 2),
        ])
        #expect(fake.opens == 2)
        #expect(status.overruns == 1)
        #expect(events.contains(.recovered))
    }

    @Test func endlessOverrunsEndInALoss() async throws {
        let steps = [FakePCM.Step.open(rate: 16_000, channels: 1)] + [FakePCM.Step](repeating: .error(EPIPE), count: 12)
        let (events, status, fake) = try await run(steps) { fake, source in source.status.state == .lost }
        #expect(fake.recoveries == 10)
        #expect(status.state == .lost)
        guard case .lost = events.last else {
            Issue.record("\(events.map(summary))")
            return
        }
    }

    /// A reader that sleeps loses sound at the ring, and hears how much.
    @Test func aFullRingIsAGapOfExactlyWhatWasDropped() async throws {
        let fake = FakePCM([
            .open(rate: 16_000, channels: 1), .frames(12_000, time: 5), .hold, .frames(1_600, time: 5.75),
        ])
        let source = ALSASource(device: "fake", options: AudioOptions(), ringCapacity: 8_000, stall: .infinity) { fake }
        try await source.start()
        #expect(await eventually { fake.isHeld })
        #expect(source.status.dropped == 4_000)
        var events = source.read(maximumSamples: 1_000_000)
        fake.release()
        #expect(await eventually { fake.isDone })
        events += source.read(maximumSamples: 1_000_000)
        let status = source.status
        await source.stop()
        events = merged(events)
        #expect(events.count == 3)
        #expect(events.compactMap(seconds) == [0.5, 0.1])
        #expect(events[1] == .gap(start: MediaTime(seconds: 5.5), seconds: 0.25, reason: GapCause.overflow.description))
        #expect(status.dropped == 4_000)
        #expect(status.gaps == 1)
    }

    @Test func aDeviceThatFallsSilentIsLost() async throws {
        let fake = FakePCM([.open(rate: 16_000, channels: 1), .frames(160, time: 1)])
        let source = ALSASource(device: "fake", options: AudioOptions(), stall: 0.05) { fake }
        try await source.start()
        #expect(await eventually { source.status.detail.contains("no sound came for 0.05 s") || fake.opens > 1 })
        await source.stop()
        #expect(fake.opens >= 1)
    }

    @Test func howLongNothingCameIsWrittenAsPeopleDo() async throws {
        let source = ALSASource(device: "fake", options: AudioOptions(), stall: 0) { FakePCM([.open(rate: 16_000, channels: 1)]) }
        try await source.start()
        var losses: [String] = []
        // The status may have the next try's failure already.
        _ = await eventually {
            losses += source.read(maximumSamples: 1).compactMap { if case .lost(let reason, _) = $0 { reason } else { nil } }
            return !losses.isEmpty
        }
        await source.stop()
        #expect(losses.first == "alsa:fake: no sound came for 0 s")
    }

    @Test func stopIsCleanWhereverItFalls() async throws {
        for steps in [
            [FakePCM.Step](), [.openFails(DeviceFailure(reason: "r", remedy: "m"))], [.open(rate: 16_000, channels: 1)],
            [.open(rate: 8_000, channels: 1), .frames(80_000, time: 0)],
        ] {
            let fake = FakePCM(steps)
            let source = ALSASource(device: "fake", options: AudioOptions(), stall: .infinity) { fake }
            await source.stop()  // before any start
            for pause in [0, 3] {
                try await source.start()
                try await source.start()
                try await Task.sleep(for: .milliseconds(pause))
                await source.stop()
                await source.stop()
                #expect(!fake.isOpen)
                #expect(source.status.state == .stopped)
            }
        }
    }

    @Test func aSourceThatIsLetGoEndsItsThread() async throws {
        let fake = FakePCM([.open(rate: 16_000, channels: 1)])
        do {
            let source = ALSASource(device: "fake", options: AudioOptions(), stall: .infinity) { fake }
            try await source.start()
            #expect(await eventually { fake.isOpen })
        }
        #expect(await eventually { !fake.isOpen })
    }
}
