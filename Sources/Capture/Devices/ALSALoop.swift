import Figures
import Glibc
import Media
import Synchronization

/// The device thread of an ALSA source: opens, reads, recovers, and tries again after a loss until it is told to stop.
///
/// While sound flows it allocates nothing, takes no lock and logs nothing: it reads into buffers made when the device was
/// opened, converts to mono, and writes the ring.
struct ALSALoop {
    let line: AudioLine
    let handle: any PCMHandle
    let signal: StopSignal
    let stall: Double
    /// Where the device's node appears.
    var folders = HotPlugWatch.folders

    /// Recoveries in a row without a sample between them before the device is opened anew.
    private static let recoveryLimit = 10

    func run() {
        DeviceLoop(signal: signal, board: line.board, folders: folders).run(
            { health throws(DeviceFailure) in
                let format = try handle.open()
                line.opened(format)
                return stream(format, &health)
            }, close: handle.close, lost: line.lost(_:announce:))
    }

    /// Reads until told to stop (nil) or until the device fails.
    private func stream(_ format: PCMFormat, _ health: inout DeviceHealth) -> DeviceFailure? {
        let chunk = max(format.rate / 50, 1)  // 20 ms
        let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk * format.bytesPerFrame, alignment: 16)
        let mono = UnsafeMutableBufferPointer<Float>.allocate(capacity: chunk)
        mono.initialize(repeating: 0)
        defer {
            raw.initializeMemory(as: UInt8.self, repeating: 0)
            raw.deallocate()
            mono.update(repeating: 0)
            mono.deallocate()
        }
        var governor = SpeedGovernor(rate: format.rate)
        var lastSound = MediaClock.seconds()
        var nextLook = lastSound
        var isOff = false
        var recoveries = 0
        while !signal.isAsked {
            line.board.beats.add(1, ordering: .relaxed)
            switch handle.wait(stop: signal.descriptor, milliseconds: 500) {
            case .stop:
                return nil
            case .timeout:
                if MediaClock.seconds() - lastSound > stall { return stalled }
                continue
            case .ready:
                break
            }
            let time = handle.captureTime()
            let count = handle.read(into: raw, frames: chunk)
            if count > 0 {
                recoveries = 0
                lastSound = MediaClock.seconds()
                if lastSound >= nextLook {
                    nextLook = lastSound + 1
                    let remedy = handle.switchedOff()
                    if let remedy, !isOff { switchedOff(remedy, &health) }
                    isOff = remedy != nil
                }
                // The silence of a microphone that is switched off is nothing heard.
                guard !isOff else { continue }
                if health.delivered() { line.recovered() }
                format.convert(UnsafeRawBufferPointer(raw), frames: count, channel: line.channel, into: mono)
                line.ring.write(UnsafeBufferPointer(rebasing: mono[..<count]), time: time)
                let rest = governor.delivered(count, at: lastSound)
                if rest > 0 { signal.sleep(seconds: rest) }
            } else if count == 0 || count == -Int(EAGAIN) {
                // `poll` said there was something: plugins do that. Never spin on it.
                if MediaClock.seconds() - lastSound > stall { return stalled }
                signal.sleep(seconds: 0.01)
            } else if count == -Int(EINTR) {
                continue
            } else if count == -Int(EPIPE) || count == -Int(ESTRPIPE) {
                let suspended = count == -Int(ESTRPIPE)
                if suspended {
                    line.board.suspends.add(1, ordering: .relaxed)
                } else {
                    line.board.overruns.add(1, ordering: .relaxed)
                }
                line.ring.noteGap(lost: 0, cause: suspended ? .suspend : .overrun)
                recoveries += 1
                let result = recoveries > Self.recoveryLimit ? count : recover(from: count)
                if result < 0 { return failure(code: -result, "recovery from an overrun or suspend") }
                governor = SpeedGovernor(rate: format.rate)
            } else {
                return failure(code: -count, "reading")
            }
        }
        return nil
    }

    private func switchedOff(_ remedy: String, _ health: inout DeviceHealth) {
        let failure = DeviceFailure(
            reason: "\(line.status.source): the microphone is switched off in the sound card's mixer", remedy: "switch it on: \(remedy)")
        line.lost(failure, announce: health.failed(failure).announce)
        line.ring.noteGap(lost: 0, cause: .lost)
    }

    /// Tries for up to 10 s while the hardware wakes from a suspend.
    private func recover(from code: Int) -> Int {
        var result = handle.recover(from: code)
        for _ in 0..<100 {
            guard result == -Int(EAGAIN), !signal.isAsked else { break }
            signal.sleep(seconds: 0.1)
            result = handle.recover(from: code)
        }
        return result
    }

    private var stalled: DeviceFailure {
        DeviceFailure(
            reason: "\(line.status.source): no sound came for \(stall.figure) s",
            remedy: "connect the device again; if it is shared, look whether its server runs")
    }

    private func failure(code: Int, _ action: String) -> DeviceFailure {
        DeviceFailure(code: Int32(truncatingIfNeeded: code), device: line.status.source, group: "audio", action: action)
    }
}

/// Holds devices without a clock (libasound's `null` and `file`) to the speed that their rate says.
///
/// A real device cannot be ahead of the clock by more than its buffer; one that is ahead by more than a second is not real.
struct SpeedGovernor {
    private let rate: Double
    private var start: Double?
    private var frames = 0
    /// Seconds by which a device may be ahead of the clock: more than any buffer.
    private static let allowance = 1.0

    init(rate: Int) {
        // 1 % is far beyond the drift of a crystal, so a real device never meets the governor.
        self.rate = Double(rate) * 1.01
    }

    /// - Returns: seconds to wait before reading again.
    mutating func delivered(_ count: Int, at now: Double) -> Double {
        let begin = start ?? now
        start = begin
        frames += count
        let ahead = Double(frames) / rate - (now - begin)
        if ahead < 0 {
            // Behind: a slow crystal must not save up an allowance.
            start = now - Double(frames) / rate
            return 0
        }
        if ahead > Self.allowance { return min(ahead - Self.allowance + 0.02, 1) }
        return 0
    }
}
